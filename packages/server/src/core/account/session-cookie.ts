import { drawSecret, markOf } from "../secret/format.ts";
import type { Keyring } from "../secret/keyring.ts";
import type { Secret } from "../secret/secret.ts";
import type { Entropy } from "../world.ts";
import { SESSION_MARK } from "./session.ts";

const COOKIE_MARK = "mmk_";

/** Draws the value of a session's cookie. */
export function drawCookie(entropy: Entropy): Secret {
  return drawSecret(entropy, COOKIE_MARK);
}

/**
 * The bearer that belongs to a session cookie, or null if the text is not a session cookie. The bearer is
 * derived from the cookie and not the other way round, so neither can be used in the place of the other: a
 * leaked bearer does not let anybody act as the browser, and a leaked cookie is not a bearer. Only the digest
 * of the bearer is stored. `version` is the version of the master key under which the session was opened.
 */
export function bearerOfCookie(
  keyring: Keyring,
  cookie: Secret,
  version: number = keyring.currentVersion,
): Secret | null {
  return markOf(cookie.reveal()) === COOKIE_MARK
    ? drawSecret(streamFrom(keyring, version, cookie.reveal()), SESSION_MARK)
    : null;
}

/**
 * Bytes that follow from the cookie under a key of the hub: blocks of HMAC-SHA-256 over the cookie and a
 * counter.
 */
function streamFrom(keyring: Keyring, version: number, cookie: string): Entropy {
  let count = 0;
  return {
    bytes: (wanted) => {
      const blocks: Buffer[] = [];
      for (let have = 0; have < wanted; have += 32) {
        blocks.push(
          Buffer.from(keyring.macUnder(version, "session-cookie", `${cookie}.${count}`), "base64url"),
        );
        count += 1;
      }
      return Buffer.concat(blocks).subarray(0, wanted);
    },
  };
}
