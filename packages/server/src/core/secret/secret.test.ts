import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

// The one way to leak a secret by accident is to print what holds it.
test("a secret prints as [secret] however it is written", () => {
  const secret = new Secret("mmt_very-secret");
  const ways = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ nested: [secret] }, { depth: 9, showHidden: true }),
    Object.values(secret).join(),
    JSON.stringify(Object.entries(secret)),
    structuredCloneText(secret),
  ];

  expect(ways.join(" ")).not.toContain("very-secret");
  expect(secret.reveal()).toBe("mmt_very-secret");
});

function structuredCloneText(secret: Secret): string {
  return JSON.stringify(structuredClone(secret));
}
