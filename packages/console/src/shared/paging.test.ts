import { describe, expect, test } from "vitest";
import { type Paging, type Place, pagingOf } from "./paging.ts";

describe("paging", () => {
  /** Keeps the place as the address would. */
  function book(from: Place = { cursor: "", number: 1, earlier: [] }): () => Paging {
    let place = from;
    return () =>
      pagingOf(place, (next) => {
        place = next;
      });
  }

  test("goes on by the cursor of the page before, and back by the one before that", () => {
    const page = book();
    expect([page().number, page().cursor]).toEqual([1, undefined]);
    page().next("b");
    page().next("c");
    expect([page().number, page().cursor]).toEqual([3, "c"]);
    page().back();
    expect([page().number, page().cursor]).toEqual([2, "b"]);
  });

  test("goes no further back than the first page", () => {
    const page = book();
    page().back();
    expect([page().number, page().cursor]).toEqual([1, undefined]);
  });

  test("begins anew from any page", () => {
    const page = book();
    page().next("b");
    page().reset();
    expect([page().number, page().cursor]).toEqual([1, undefined]);
  });

  test("goes back to the first page for somebody who came by a link to a later one", () => {
    const page = book({ cursor: "z", number: 7, earlier: [] });
    page().back();
    expect([page().number, page().cursor]).toEqual([1, undefined]);
  });
});
