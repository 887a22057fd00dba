import { expect, test } from "vitest";
import { SlotTable } from "./slot-table.ts";

/** A table whose records are their own slots, and that counts how many of them it looked at. */
function countingTable(hashOf: (slot: number) => number) {
  const looked = { count: 0 };
  const table = new SlotTable<number>({
    hashOf: (slot) => {
      looked.count += 1;
      return hashOf(slot);
    },
    isAt: (slot, key) => {
      looked.count += 1;
      return slot === key;
    },
  });
  return { table, looked };
}

// A table that is copied in one go when it grows would hold every request for as long as that takes.
test("no addition touches more than a few records, however large the table is when it grows", () => {
  const { table, looked } = countingTable((slot) => slot);
  let most = 0;
  for (let slot = 0; slot < 300_000; slot += 1) {
    looked.count = 0;
    table.add(slot);
    most = Math.max(most, looked.count);
  }
  expect(most).toBeLessThan(100);
  expect(table.size).toBe(300_000);
  expect(table.find(299_999, 299_999)).toBe(299_999);
  expect(table.find(300_000, 300_000)).toBe(-1);
});

test("an emptied table becomes small again, and no removed slot is found while it does", () => {
  const { table, looked } = countingTable((slot) => slot);
  for (let slot = 0; slot < 50_000; slot += 1) {
    table.add(slot);
  }
  for (let slot = 0; slot < 50_000; slot += 1) {
    table.remove(slot);
  }
  let most = 0;
  for (let slot = 50_000; slot < 250_000; slot += 1) {
    looked.count = 0;
    table.add(slot);
    most = Math.max(most, looked.count);
    table.remove(slot - 10 >= 50_000 ? slot - 10 : -1);
  }
  expect(table.size).toBe(10);
  expect(most).toBeLessThan(100);
  for (const slot of [0, 49_999, 50_000, 249_989]) {
    expect(table.find(slot, slot)).toBe(-1);
  }
  expect(table.find(249_999, 249_999)).toBe(249_999);
});

test("slots with one and the same hash are told apart, before, during and after growth", () => {
  const { table } = countingTable(() => 7);
  for (let slot = 0; slot < 300; slot += 1) {
    table.add(slot);
    if (slot % 3 === 0) {
      table.remove(slot);
    }
    for (const known of [0, Math.floor(slot / 2), slot]) {
      expect(table.find(7, known)).toBe(known % 3 === 0 ? -1 : known);
    }
  }
});
