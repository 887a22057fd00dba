import { expect, test } from "vitest";
import { renderHelp } from "./help.ts";
import { flagOf, OPTION_KEYS, OPTIONS } from "./options.ts";

test("the help names every option by flag and by variable", () => {
  const help = renderHelp();
  for (const key of OPTION_KEYS) {
    expect(help).toContain(`  ${flagOf(OPTIONS[key].name)} <`);
    expect(help).toContain(OPTIONS[key].name);
  }
});

test("the help fits a terminal of a hundred columns", () => {
  const lines = renderHelp().split("\n");
  expect(lines.filter((line) => line.length > 100 && !line.startsWith("  --"))).toEqual([]);
});
