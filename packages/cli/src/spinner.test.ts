import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { spin } from "./spinner.ts";

function terminal(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  return { stderr, env: {}, shown: () => String(stderr.read() ?? "") };
}

test("work of more than a second is shown on a terminal, and the line is cleared afterwards", async () => {
  const { shown, ...output } = terminal(true);
  const stop = spin(output);
  for (let shownSoFar = ""; !shownSoFar.includes("working"); shownSoFar += shown()) {
    await sleep(20);
  }
  stop();
  expect(shown().endsWith("\r\u001b[2K")).toBe(true);
});

test("short work, and a stderr that is no terminal, show nothing", async () => {
  const { shown, ...output } = terminal(true);
  spin(output)();
  expect(shown()).toBe("");
  const piped = terminal(false);
  const stop = spin(piped);
  stop();
  expect(piped.shown()).toBe("");
});
