import type { Credential } from "@mintmark/sdk";
import { describe, expect, test } from "vitest";
import { endsSoon } from "./lifetime.ts";

const NOW = Date.UTC(2026, 1, 3, 12);
const DAY = 86_400_000;
const at = (days: number) => new Date(NOW + days * DAY).toISOString();

type Life = Partial<Pick<Credential, "state" | "createdAt" | "expiresAt" | "idleExpiresAt" | "lastUsedAt">>;

function soon(life: Life): boolean {
  const usual = {
    state: "active",
    createdAt: at(-90),
    expiresAt: null,
    idleExpiresAt: null,
    lastUsedAt: null,
  };
  return endsSoon({ ...usual, ...life } as Credential, NOW);
}

describe("a credential is about to end", () => {
  test("within its last week, also when its whole life is three days", () => {
    expect(soon({ expiresAt: at(6) })).toBe(true);
    expect(soon({ expiresAt: at(8) })).toBe(false);
    expect(soon({ createdAt: at(0), expiresAt: at(3) })).toBe(true);
  });

  test("but not while a short life has most of it left", () => {
    expect(soon({ createdAt: at(-0.01), expiresAt: at(1) })).toBe(false);
    expect(soon({ createdAt: at(-0.9), expiresAt: at(0.1) })).toBe(true);
  });

  test("by the nearer of its end date and its idle deadline", () => {
    expect(soon({ expiresAt: at(300), idleExpiresAt: at(2) })).toBe(true);
    expect(soon({ expiresAt: at(2), idleExpiresAt: at(300) })).toBe(true);
  });

  test("counted from its last use, where lack of use ends it", () => {
    expect(soon({ idleExpiresAt: at(6), lastUsedAt: at(-24) })).toBe(true);
    expect(soon({ idleExpiresAt: at(6), lastUsedAt: at(-1) })).toBe(false);
  });

  test("never, when it has no end or has ended already", () => {
    expect(soon({})).toBe(false);
    expect(soon({ state: "revoked", expiresAt: at(1) })).toBe(false);
    expect(soon({ state: "expired", expiresAt: at(-1) })).toBe(false);
  });
});
