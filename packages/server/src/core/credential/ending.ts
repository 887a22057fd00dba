import type { Ending } from "../errors.ts";

type Sentence = (subject: string, day: string, page: string, ending: Ending) => string;

const revoked = (because: string): Sentence =>
  sentence(because === "" ? "was revoked" : `was revoked, because ${because},`);

const SENTENCES: Record<Ending["reason"], Sentence> = {
  revoked: revoked(""),
  replaced: revoked("a new one took its place"),
  rotated: (subject, day, page) =>
    `This ${subject} was rotated on ${day} and is inactive. Its successor has a secret of its own: take that, or get a new one at ${page}`,
  expired: sentence("expired"),
  inactive: sentence("became inactive, because nobody used it for too long,"),
  owner_disabled: sentence("was revoked with its account"),
  owner_deleted: sentence("was revoked with its account"),
  password_reset: revoked("the password of its account was reset"),
  instance_deleted: sentence("was revoked with its instance"),
  client_deleted: sentence("was revoked with its application"),
  leaked: revoked("it was found in the open"),
  policy: revoked("the policy of this hub asks for it"),
  frozen: (subject, day, page, { note }) =>
    `This ${subject} is frozen since ${day}${note ? ` (${note})` : ""} and inactive until it is thawed. Ask its owner or an administrator, or look at ${page}`,
  address: (subject, _day, page) =>
    `This ${subject} is not good from this address and was inactive here. Ask its owner, or look at ${page}`,
};

function sentence(what: string): Sentence {
  return (subject, day, page) => `This ${subject} ${what} on ${day}. Get a new one at ${page}`;
}

/** The certificates as a registry's `rootcertbundle`. */
export function describeEnding(ending: Ending, subject: string, page: string): string {
  const day = new Date(ending.at).toISOString().slice(0, 10);
  return SENTENCES[ending.reason](subject, day, page, ending);
}
