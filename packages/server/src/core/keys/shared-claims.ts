import { invariant } from "../errors.ts";
import { encodePart, type JwtPart } from "./jwt.ts";

/** Base64 encodes three bytes at a time. */
const GROUP_BYTES = 3;

/**
 * Claims that many tokens have in common, encoded once. Blanks between two members mean nothing in JSON (RFC
 * 8259 §2), so they fill the text up to a length at which the encoding of the rest can follow.
 */
export class SharedClaims {
  readonly #names: ReadonlySet<string>;
  readonly #encoded: string;

  constructor(claims: JwtPart) {
    const text = JSON.stringify(claims);
    this.#names = new Set(Object.keys(claims));
    invariant(text.length > "{}".length, "shared claims are not empty");
    const open = `${text.slice(0, -1)},`;
    const rest = Buffer.byteLength(open) % GROUP_BYTES;
    const blanks = rest === 0 ? "" : " ".repeat(GROUP_BYTES - rest);
    this.#encoded = Buffer.from(open + blanks).toString("base64url");
  }

  /** The whole claims of one token as a part of a JWT. `own` is not empty and repeats no shared claim. */
  encodeWith(own: JwtPart): string {
    for (const name in own) {
      invariant(!this.#names.has(name), "a token has each claim once");
    }
    return this.#encoded + Buffer.from(JSON.stringify(own).slice(1)).toString("base64url");
  }
}

/** The claims of one token as a part of a JWT: its own, behind those that it shares with others, if any. */
export function encodeClaims(own: JwtPart, shared: SharedClaims | null): string {
  return shared === null ? encodePart(own) : shared.encodeWith(own);
}
