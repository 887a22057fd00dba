import { describe, expect, test } from "vitest";
import { type Credential, UNTOUCHED } from "../credential/credential.ts";
import { type GivenWarning, type WarningCause, warningDue } from "./warning.ts";

const DAY = 86_400_000;
const policy = {
  warnBefore: [30, 7, 1].map((days) => ({ text: `${days}d`, ms: days * DAY })),
  warnIdle: [50, 75, 90].map((percent) => ({ text: `${percent}%`, share: percent / 100 })),
};
const base = {
  ...UNTOUCHED,
  createdAt: 0,
  expiresAt: null,
  idleMs: null,
  end: null,
} as unknown as Credential;

function thresholdOn(
  day: number,
  cause: WarningCause,
  credential: Partial<Credential>,
  more: { readonly usedAt?: number; readonly given?: GivenWarning } = {},
): string | null {
  const whole = { ...base, ...credential };
  const usedAt = more.usedAt ?? null;
  const due = warningDue(cause, whole, { usedAt, given: more.given ?? null, now: day * DAY, policy });
  return due?.threshold ?? null;
}

describe("a warning before a fixed end", () => {
  const ninety = { expiresAt: 90 * DAY };

  test("comes at each threshold and not before", () => {
    expect([59.9, 60, 82.9, 83, 88.9, 89].map((day) => thresholdOn(day, "expiring", ninety))).toEqual([
      null,
      "30d",
      "30d",
      "7d",
      "7d",
      "1d",
    ]);
  });

  test("does not come again for the same deadline and threshold", () => {
    const given = { deadline: 90 * DAY, beforeMs: 7 * DAY };
    expect([70, 85, 89].map((day) => thresholdOn(day, "expiring", ninety, { given }))).toEqual([
      null,
      null,
      "1d",
    ]);
  });

  test("begins anew when the deadline has moved", () => {
    const given = { deadline: 91 * DAY, beforeMs: 1 * DAY };
    expect(thresholdOn(61, "expiring", ninety, { given })).toBe("30d");
  });

  test("skips thresholds as long as the whole life", () => {
    expect([0.1, 5.9, 6].map((day) => thresholdOn(day, "expiring", { expiresAt: 7 * DAY }))).toEqual([
      null,
      null,
      "1d",
    ]);
  });

  test("comes neither after the end nor for what has ended or has no end", () => {
    const end = { at: 0, reason: "revoked", note: null } as const;
    expect(thresholdOn(90, "expiring", ninety)).toBeNull();
    expect(thresholdOn(89, "expiring", { ...ninety, end })).toBeNull();
    expect(thresholdOn(89, "expiring", {})).toBeNull();
  });
});

describe("a warning before an end by disuse", () => {
  const month = { idleMs: 30 * DAY };

  test("comes after each share of the idle time", () => {
    expect([14.9, 15, 22.5, 27, 29.9, 30].map((day) => thresholdOn(day, "idle", month))).toEqual([
      null,
      "50%",
      "75%",
      "90%",
      "90%",
      null,
    ]);
  });

  test("counts from the last use or the last keep-alive", () => {
    expect(thresholdOn(20, "idle", month, { usedAt: 10 * DAY })).toBeNull();
    expect(thresholdOn(25, "idle", month, { usedAt: 10 * DAY })).toBe("50%");
    expect(thresholdOn(20, "idle", { ...month, idleFrom: 10 * DAY })).toBeNull();
  });

  test("of a hub that slept over several thresholds is the last alone", () => {
    const given = { deadline: 30 * DAY, beforeMs: 15 * DAY };
    expect(thresholdOn(28, "idle", month, { given })).toBe("90%");
  });
});
