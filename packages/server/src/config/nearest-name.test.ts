import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

const NAMES = ["PORT", "HOST", "OFFLINE_IDLE", "ADMIN_PASSWORD"];

test("a slip leads to the name that was meant", () => {
  expect(nearestName("PROT", NAMES)).toBe("PORT");
  expect(nearestName("OFLINE_IDLE", NAMES)).toBe("OFFLINE_IDLE");
  expect(nearestName("ADMIN_PASWORDS", NAMES)).toBe("ADMIN_PASSWORD");
});

test("what resembles nothing leads nowhere", () => {
  expect(nearestName("TOKEN", NAMES)).toBeUndefined();
  expect(nearestName("", NAMES)).toBeUndefined();
  expect(nearestName("PORT".repeat(1000), NAMES)).toBeUndefined();
});
