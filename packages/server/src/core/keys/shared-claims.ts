import { invariant } from "../errors.ts";
import { jsonText } from "../json-text.ts";
import type { JwtPart } from "./jwt.ts";

/** Base64 encodes three bytes at a time. */
const GROUP_BYTES = 3;

/** The claims that differ from token to token of one owner. */
export type OwnClaims = {
  readonly exp: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly mm_parent?: string;
  readonly sid?: string;
};

/** Claims that may be shared: none of the own ones, since parsers differ in which of two they believe. */
export type CommonClaims = JwtPart & { readonly [Name in keyof OwnClaims]?: never };

/**
 * Claims that many tokens have in common, encoded once. Blanks between two members mean nothing in JSON (RFC
 * 8259 §2), so they fill the text up to a length at which the encoding of the rest can follow.
 */
export class SharedClaims {
  readonly #encoded: string;

  constructor(claims: CommonClaims) {
    const text = JSON.stringify(claims);
    invariant(text.length > "{}".length, "shared claims are not empty");
    const open = `${text.slice(0, -1)},`;
    const rest = Buffer.byteLength(open) % GROUP_BYTES;
    const blanks = rest === 0 ? "" : " ".repeat(GROUP_BYTES - rest);
    this.#encoded = Buffer.from(open + blanks).toString("base64url");
  }

  /** The whole claims of one token as a part of a JWT. */
  encodeWith(own: OwnClaims): string {
    let text = "";
    for (const name in own) {
      const value = own[name as keyof OwnClaims];
      text += `${text === "" ? "" : ","}"${name}":${typeof value === "string" ? jsonText(value) : value}`;
    }
    return this.#encoded + Buffer.from(`${text}}`).toString("base64url");
  }
}
