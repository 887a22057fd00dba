import { malformed } from "../../core/malformed.ts";
import { readTime } from "./wire.ts";

const SEARCH_MAX = 200;

/** One of the words; undefined if the parameter is absent. Throws `malformed_request`. */
export function readWord<Word extends string>(
  query: URLSearchParams,
  field: string,
  words: readonly Word[],
): Word | undefined {
  const value = query.get(field);
  const word = words.find((each) => each === value);
  if (value !== null && word === undefined) {
    throw malformed(field, `one of ${words.join(", ")}`, value);
  }
  return word;
}

/** A time in RFC 3339; undefined if the parameter is absent. Throws `malformed_request`. */
export function readMoment(query: URLSearchParams, field: string): number | undefined {
  const text = query.get(field);
  return text === null ? undefined : readTime(text, field);
}

/** True or false; undefined if the parameter is absent. Throws `malformed_request`. */
export function readFlag(query: URLSearchParams, field: string): boolean | undefined {
  const text = readWord(query, field, ["true", "false"]);
  return text === undefined ? undefined : text === "true";
}

/**
 * The text to search for; undefined if it is empty. A hint may be typed with three dots in place of the one
 * character that it has. Throws `malformed_request`.
 */
export function readSearch(text: string | null, field = "search"): string | undefined {
  const search = (text ?? "").trim().replace("...", "…");
  if ([...search].length > SEARCH_MAX || search.includes("\0")) {
    throw malformed(field, `at most ${SEARCH_MAX} characters`, search);
  }
  return search === "" ? undefined : search;
}
