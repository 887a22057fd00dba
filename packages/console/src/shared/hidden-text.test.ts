import { expect, test } from "vitest";
import { clearText, hideSecret, shownText } from "./hidden-text.ts";

const SECRET = "mma_s3cr3t";
const LINE = `printf %s '${SECRET}' | podman login`;
const DOTS = "•".repeat(12);

test("a secret is shown as dots, and the whole of the text is copied with it", () => {
  const parts = hideSecret(LINE, SECRET);

  expect(shownText(parts)).toBe(`printf %s '${DOTS}' | podman login`);
  expect(clearText(parts, 0, shownText(parts).length)).toBe(LINE);
});

test("a selection that touches the dots takes the whole secret, one next to them takes none of it", () => {
  const parts = hideSecret(LINE, SECRET);
  const at = shownText(parts).indexOf(DOTS);

  expect(clearText(parts, at + 3, at + 5)).toBe(SECRET);
  expect(clearText(parts, 0, at)).toBe("printf %s '");
  expect(clearText(parts, at + DOTS.length, at + DOTS.length + 3)).toBe("' |");
});

test("a secret inside the base64 of config.json and of a pull secret is hidden too", () => {
  const config = `{"auths":{"r":{"auth": "${btoa(`$app:${SECRET}`)}"}}}`;
  const yaml = `data:\n  .dockerconfigjson: ${btoa(config)}\n`;

  expect(shownText(hideSecret(config, SECRET))).toBe(`{"auths":{"r":{"auth": "${DOTS}"}}}`);
  expect(shownText(hideSecret(yaml, SECRET))).toBe(`data:\n  .dockerconfigjson: ${DOTS}\n`);
  expect(clearText(hideSecret(yaml, SECRET), 0, 1000)).toBe(yaml);
});

test("a text without a secret is shown as it is", () => {
  expect(hideSecret(LINE, undefined)).toEqual([{ text: LINE }]);
});
