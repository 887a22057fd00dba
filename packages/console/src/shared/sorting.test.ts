import { describe, expect, test } from "vitest";
import { sortingOf, sortRows } from "./sorting.ts";

const PEOPLE = [
  { name: "Bo", age: 40 },
  { name: "Ada", age: 36 },
  { name: "Cy", age: 40 },
];

describe("the rows of a table", () => {
  const by = (of: (row: (typeof PEOPLE)[number]) => string | number, direction: "asc" | "desc") =>
    sortRows(PEOPLE, of, direction).map(({ name }) => name);

  test("are sorted by words or numbers, both ways", () => {
    expect(by(({ name }) => name, "asc")).toEqual(["Ada", "Bo", "Cy"]);
    expect(by(({ name }) => name, "desc")).toEqual(["Cy", "Bo", "Ada"]);
    expect(by(({ age }) => age, "asc")).toEqual(["Ada", "Bo", "Cy"]);
  });

  test("keep their order where they are equal, and the list they came in stays as it was", () => {
    expect(by(({ age }) => age, "desc")).toEqual(["Bo", "Cy", "Ada"]);
    expect(PEOPLE.map(({ name }) => name)).toEqual(["Bo", "Ada", "Cy"]);
  });
});

describe("an order that the server keeps", () => {
  const columns = [{}, { order: "name" }, { order: "created" }];
  const of = (sort: string) => sortingOf({ sort, set: () => undefined }, columns);

  test("shows in the header of its column, with its direction", () => {
    expect(of("name")).toEqual({ index: 1, direction: "asc" });
    expect(of("-created")).toEqual({ index: 2, direction: "desc" });
  });

  test("shows nowhere when no column has it", () => {
    expect(of("age")).toBeNull();
  });
});
