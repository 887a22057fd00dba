import { describe, expect, test } from "vitest";
import { type Paging, pagingOf } from "./paging.ts";

describe("paging", () => {
  /** Keeps the cursors as the page's state would. */
  function book(): () => Paging {
    let cursors: readonly string[] = [];
    return () =>
      pagingOf(cursors, (next) => {
        cursors = next;
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
});
