import { expect, test } from "vitest";
import { malformed } from "./malformed.ts";

test.each([
  ["a number", "limit", 0, "limit is 0; expected X."],
  ["a text", "kind", "nope", 'kind is "nope"; expected X.'],
  ["an empty text", "title", "", "title is empty; expected X."],
  ["nothing", "secret", undefined, "secret is missing; expected X."],
  ["null", "events", null, "events is null; expected X."],
  ["a list", "ids", [1, 2], "ids is a list of 2; expected X."],
  ["an object", "old", {}, "old is an object; expected X."],
  ["a time", "until", new Date(0), "until is 1970-01-01T00:00:00.000Z; expected X."],
  [
    "a scope",
    "scopes",
    "collection:acme.tools2:download",
    'scopes is "collection:acme.tools2:download"; expected X.',
  ],
])("%s is said back", (_what, field, found, sentence) => {
  expect(malformed(field, "X", found).explanation).toBe(sentence);
});

// People paste secrets into every field, and errors end in logs and tickets of others.
test.each([
  ["of the hub", "title", "mmp_x"],
  ["of the hub, in percent-encoding", "title", "mmp%5fx"],
  ["that is a JWT", "title", "eyJhbGciOiJub25lIn0.e30."],
  ["of somebody else", "title", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
  ["in a field for one", "password", "hunter2"],
  ["of many characters", "title", "long ".repeat(20)],
])("a secret %s is not said back", (_what, field, secret) => {
  const { explanation } = malformed(field, "X", secret);
  expect(explanation).toBe(`${field} is a text of ${secret.length} characters; expected X.`);
});
