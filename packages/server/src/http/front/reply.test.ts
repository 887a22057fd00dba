import { expect, test } from "vitest";
import { renderReply } from "./reply.ts";

test.each(["", "plain", "a\u007fb\u0000c", "ü", "grün 😀", "\u0080"])(
  "an answer with the body %j is sent as UTF-8",
  (text) => {
    const answer = renderReply("", { reply: { status: 200, body: text }, requestId: "1", expires: null }, 72);

    const bytes = Buffer.from(answer, "latin1");
    const bodyAt = bytes.indexOf("\r\n\r\n") + 4;
    expect(bytes.subarray(bodyAt).toString("utf8")).toBe(text);
    expect(answer).toContain(`content-length: ${bytes.length - bodyAt}\r\n`);
  },
);
