import { expect, test } from "vitest";
import { scopeWords } from "./scope-words.ts";

test.for([
  ["*:*:*", "do everything that you can, except manage tokens"],
  ["user:admin", "manage your own tokens, and make new ones"],
  ["collection:*:download", "download all collections"],
  ["collection:acme.*:upload,download", "publish and download collections acme.*"],
  ["repository:team/app:pull,push,delete", "pull, push and delete repositories team/app"],
  ["repository:*:*", "do everything with all repositories"],
  ["instance:*:use", "use all service instances"],
  ["instance:sales:use", "use the service instance sales"],
  ["hub:introspect:use", "use the hub's own introspect"],
  // A name may hold colons: the type ends at the first, the actions begin after the last.
  ["repository:registry.test:5000/app:pull", "pull repositories registry.test:5000/app"],
  // A scope of a newer hub is shown as it is, rather than left out.
  ["planet:mars:terraform", "terraform planet mars"],
  ["future:thing", "future:thing"],
] as const)("%s reads: %s", ([scope, words]) => {
  expect(scopeWords(scope)).toBe(words);
});
