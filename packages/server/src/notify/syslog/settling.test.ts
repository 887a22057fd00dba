import { expect, test } from "vitest";
import { Settling } from "./settling.ts";

test("an event counts as arrived when the connection still stands five seconds later", () => {
  const stream = new Settling();
  stream.wrote(1, 0);
  stream.wrote(2, 3_000);

  expect([stream.writtenSeq(), stream.settledSeq(4_999)]).toEqual([2, null]);
  expect([stream.settledSeq(5_000), stream.settledSeq(8_000)]).toEqual([1, 2]);
});

test("what was written in the five seconds before a connection broke is written again", () => {
  const stream = new Settling();
  stream.wrote(1, 0);
  stream.wrote(2, 4_000);
  stream.wrote(3, 6_000);
  stream.broke(7_000);

  expect([stream.writtenSeq(), stream.settledSeq(60_000)]).toEqual([1, 1]);
  stream.wrote(2, 60_000);
  expect(stream.writtenSeq()).toBe(2);
});
