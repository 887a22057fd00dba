import { expect, test } from "vitest";
import { effectOf } from "./attempt.ts";

const policy = { now: 1_000_000, retriesMs: [1_000, 5_000] };
const answer = (status: number | null, retryAfterMs: number | null = null) => ({
  status,
  retryAfterMs,
  problem: null,
  ms: 7,
});

test.for([200, 201, 204, 299])("%i delivers and makes the webhook active", (status) => {
  expect(effectOf({ attempt: 0 }, answer(status), policy)).toEqual({
    delivery: { state: "delivered", attempt: 1, status, ms: 7, dueAt: null },
    webhook: "active",
  });
});

test.for([100, 301, 307, 400, 404, 429, 500, 503, null])(
  "%s is tried again after the next delay",
  (status) => {
    expect(effectOf({ attempt: 0 }, answer(status), policy)).toMatchObject({
      delivery: { state: "pending", attempt: 1, status, dueAt: 1_001_000 },
      webhook: null,
    });
    expect(effectOf({ attempt: 1 }, answer(status), policy).delivery.dueAt).toBe(1_005_000);
  },
);

test("after the last delay the delivery is given up and the webhook is failing", () => {
  expect(effectOf({ attempt: 2 }, answer(500), policy)).toMatchObject({
    delivery: { state: "failed", attempt: 3, dueAt: null },
    webhook: "failing",
  });
});

test("410 gives up at once and disables the webhook", () => {
  expect(effectOf({ attempt: 0 }, answer(410), policy)).toMatchObject({
    delivery: { state: "failed", dueAt: null },
    webhook: "disabled",
  });
});

test("Retry-After puts the next attempt off, never forward, and by a day at most", () => {
  const dueIn = (ms: number) =>
    (effectOf({ attempt: 0 }, answer(503, ms), policy).delivery.dueAt ?? 0) - policy.now;

  expect(dueIn(60_000)).toBe(60_000);
  expect(dueIn(10)).toBe(1_000);
  expect(dueIn(1_000 * 86_400_000)).toBe(86_400_000);
});
