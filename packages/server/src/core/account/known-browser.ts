import { timingSafeEqual } from "node:crypto";
import type { HubContext } from "../context.ts";
import { Secret } from "../secret/secret.ts";
import type { Account } from "./account.ts";

/** How long a browser that signed in counts as known, from its latest log-in. */
export const BROWSER_KEPT_MS = 30 * 86_400_000;
const NONCE_BYTES = 16;
const LENGTH_MAX = 256;
const PARTS = 5;

/**
 * What a browser keeps after a log-in as evidence that the account signed in there. It grants nothing: the
 * next log-in from there is only counted separately, so that guessing by strangers cannot lock the owner out.
 * It is bound to the account and its epoch, so a new password or a disabling ends it, and it is not stored by
 * the hub.
 */
export function markBrowser(context: HubContext, account: Account): Secret {
  const nonce = context.entropy.bytes(NONCE_BYTES).toString("base64url");
  const text = `${account.id}.${account.epoch}.${context.clock.now()}.${nonce}`;
  return new Secret(`${text}.${macOf(context, text)}`);
}

/** The key of a browser that showed such a mark of this account, or null. */
export function readBrowser(context: HubContext, shown: Secret, account: Account): string | null {
  const all = shown.reveal();
  const parts = all.split(".");
  const text = all.slice(0, all.lastIndexOf("."));
  const expected = Buffer.from(macOf(context, text));
  const actual = Buffer.from(parts[PARTS - 1] ?? "");
  if (
    all.length > LENGTH_MAX ||
    parts.length !== PARTS ||
    actual.length !== expected.length ||
    !timingSafeEqual(actual, expected)
  ) {
    return null;
  }
  const [accountId, epoch, markedAt, nonce] = parts;
  const isFresh = Number(markedAt) > context.clock.now() - BROWSER_KEPT_MS;
  return accountId === account.id && epoch === String(account.epoch) && isFresh ? `browser:${nonce}` : null;
}

function macOf({ keyring }: HubContext, text: string): string {
  return keyring.mac("known-browser", text);
}
