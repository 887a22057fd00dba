import { beforeEach, describe, expect, test } from "vitest";
import { MovableClock } from "../../testing/harness.ts";
import type { HubError } from "../errors.ts";
import { LoginBrake } from "./login-brake.ts";

const ADDRESS = "192.0.2.1";

describe("the log-in brake", () => {
  let clock: MovableClock;
  let brake: LoginBrake;

  beforeEach(() => {
    clock = new MovableClock();
    brake = new LoginBrake(clock);
  });

  const fail = (times: number, username = "ada", address: string | null = ADDRESS) => {
    for (let count = 0; count < times; count += 1) {
      brake.noteFailure(username, address);
    }
  };
  const secondsToWait = (check: () => void): number | undefined => {
    try {
      check();
      return 0;
    } catch (error) {
      expect(error).toMatchObject({ code: "too_many_attempts" });
      return (error as HubError).retryAfterSeconds;
    }
  };

  test("lets nine mistakes pass, and asks for a quarter of an hour after the tenth", () => {
    fail(9);
    expect(secondsToWait(() => brake.checkAccount("ada"))).toBe(0);
    fail(1);
    expect(secondsToWait(() => brake.checkAccount("ada"))).toBe(900);
  });

  test("counts down, and lets go when the oldest of ten mistakes is a quarter of an hour old", () => {
    fail(1);
    clock.advance({ minutes: 5 });
    fail(9);
    expect(secondsToWait(() => brake.checkAccount("ada"))).toBe(600);

    clock.advance({ minutes: 10, ms: -1 });
    expect(secondsToWait(() => brake.checkAccount("ada"))).toBe(1);
    clock.advance({ ms: 1 });

    expect(secondsToWait(() => brake.checkAccount("ada"))).toBe(0);
    fail(1);
    expect(secondsToWait(() => brake.checkAccount("ada"))).toBe(300);
  });

  // A brake that locked others out would be a weapon.
  test("leaves other accounts alone, also from the same address", () => {
    fail(50);
    expect(secondsToWait(() => brake.checkAccount("bob"))).toBe(0);
  });

  test("forgets the mistakes of whoever got it right", () => {
    fail(9);
    brake.noteSuccess("ada");
    fail(9);
    expect(secondsToWait(() => brake.checkAccount("ada"))).toBe(0);
  });

  test("an address that tries many names waits after a hundred, a success among them or not", () => {
    for (let count = 0; count < 100; count += 1) {
      expect(secondsToWait(() => brake.checkAddress(ADDRESS))).toBe(0);
      fail(1, `name${count}`);
      brake.noteSuccess("ada");
    }
    expect(secondsToWait(() => brake.checkAddress(ADDRESS))).toBe(900);
    expect(secondsToWait(() => brake.checkAddress("192.0.2.2"))).toBe(0);
    expect(secondsToWait(() => brake.checkAddress(null))).toBe(0);
  });

  test("an address and an account of the same spelling are not the same", () => {
    fail(10, ADDRESS, null);
    expect(secondsToWait(() => brake.checkAddress(ADDRESS))).toBe(0);
    expect(secondsToWait(() => brake.checkAccount(ADDRESS))).toBe(900);
  });
});
