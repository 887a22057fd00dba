import type { Ending } from "../errors.ts";
import type { EndReason } from "./credential.ts";

const WORDS: Record<EndReason, string> = {
  revoked: "was revoked",
  replaced: "was revoked, because a new one took its place,",
  expired: "expired",
  inactive: "became inactive, because nobody used it for too long,",
  owner_disabled: "was revoked with its account",
  owner_deleted: "was revoked with its account",
  password_reset: "was revoked, because the password of its account was reset,",
  instance_deleted: "was revoked with its instance",
  client_deleted: "was revoked with its application",
};

/**
 * The sentence for whoever still holds a dead secret: what happened, when, and where to get a new one. One line of printable ASCII, since
 * HTTP reason phrases carry it too (the only text that every ansible-galaxy shows).
 */
export function describeEnding(ending: Ending, subject: string, page: string): string {
  const day = new Date(ending.at).toISOString().slice(0, 10);
  return `This ${subject} ${WORDS[ending.reason]} on ${day}. Get a new one at ${page}`;
}
