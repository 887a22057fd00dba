import { Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { Durations, registerDurations } from "./durations.ts";

const SECONDS = [0, 0.0003, 0.0005, 0.00051, 0.004, 0.05, 0.3, 1, 4.9, 5, 5.1, 70];

test("durations read as prom-client's own histogram writes them", async () => {
  const ours = new Registry();
  const durations = new Durations();
  registerDurations(ours, new Map([["gateway", durations]]));
  const theirs = new Registry();
  const histogram = new Histogram({
    name: "mintmark_http_request_seconds",
    help: "Time from the request's head to the end of the answer.",
    labelNames: ["dialect"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [theirs],
  });
  for (const seconds of SECONDS) {
    durations.observe(seconds);
    histogram.observe({ dialect: "gateway" }, seconds);
  }
  expect((await ours.metrics()).split("\n")).toEqual((await theirs.metrics()).split("\n"));
});
