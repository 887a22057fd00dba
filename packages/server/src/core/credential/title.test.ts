import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTitle } from "./title.ts";

describe("titles", () => {
  test("are trimmed, and hold 1 to 255 code points", () => {
    expect(readTitle("  my laptop ")).toBe("my laptop");
    expect(readTitle("🎟".repeat(255))).toBe("🎟".repeat(255));
    for (const title of ["", "   ", "🎟".repeat(256)]) {
      expect(() => readTitle(title)).toThrow();
    }
    expect([readTitle(null), readTitle(undefined)]).toEqual([null, null]);
  });

  // A list that people trust must not be forged by what stands in it.
  test("hold nothing that controls the terminal or turns the text around", () => {
    const forbidden = [
      "\n",
      "\r",
      "\t",
      "\u0000",
      "\u001b",
      "\u007f",
      "\u0085",
      "\u2028",
      "\u202e",
      "\u2066",
      "\ud800",
    ];
    for (const character of forbidden) {
      expect(() => readTitle(`a${character}b`), JSON.stringify(character)).toThrow();
    }
  });

  test("come back as they were given, or are refused, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        let title: string | null;
        try {
          title = readTitle(text);
        } catch {
          return;
        }
        expect(title).toBe(text.trim());
        expect([...(title ?? "")].length).toBeLessThanOrEqual(255);
      }),
    );
  });
});
