import type { PageOf } from "../../core/collection/ports.ts";

const PAGE_DEFAULT = 10;
const PAGE_MAX = 100;
const WHOLE_NUMBER = /^[0-9]{1,9}$/;

/** The requested place in a list, and the query that the links of the answer repeat. */
export interface AskedPage {
  readonly limit: number;
  readonly offset: number;
  readonly query: URLSearchParams;
}

/**
 * `limit` and `offset` as Django REST framework reads them: a value that is no whole number counts as absent.
 */
export function readPage(query: URLSearchParams): AskedPage {
  const limit = readNumber(query.get("limit"));
  return {
    limit: limit > 0 ? Math.min(limit, PAGE_MAX) : PAGE_DEFAULT,
    offset: readNumber(query.get("offset")),
    query,
  };
}

function readNumber(text: string | null): number {
  return text !== null && WHOLE_NUMBER.test(text) ? Number(text) : 0;
}

/** A filter as django-filter reads it: an empty value does not narrow. */
export function readFilter(query: URLSearchParams, ...names: readonly string[]): string | undefined {
  return names.map((name) => query.get(name)).find((value) => value !== null && value !== "") ?? undefined;
}

/** As django-filter reads booleans: `true` and `false` in any case count, all else is absent. */
export function readFlag(query: URLSearchParams, ...names: readonly string[]): boolean | undefined {
  const value = readFilter(query, ...names)?.toLowerCase();
  return value === "true" ? true : value === "false" ? false : undefined;
}

/**
 * A page in pulp_ansible's shape (0.20, app/galaxy/v3/pagination.py): links repeat the query in the order of
 * its names, and the link back to the first page has no offset. Links are paths without host, since
 * ansible-core 2.14 splices `next` into its own URL.
 */
export function writePage<Item>(
  { items, count }: PageOf<Item>,
  { limit, offset, query }: AskedPage,
  path: string,
  write: (item: Item) => unknown,
) {
  const at = (place: number | null) => link(path, query, limit, place);
  return {
    meta: { count },
    links: {
      first: at(0),
      previous: offset <= 0 ? null : at(offset > limit ? offset - limit : null),
      next: offset + limit < count ? at(offset + limit) : null,
      last: at(Math.max(0, count - limit)),
    },
    data: items.map(write),
  };
}

/** The same page in the shape of pulp's own API: the items under `results`, links next to them. */
export function writeResults<Item>(
  { items, count }: PageOf<Item>,
  { limit, offset, query }: AskedPage,
  url: string,
  write: (item: Item) => unknown,
) {
  return {
    count,
    next: offset + limit < count ? link(url, query, limit, offset + limit) : null,
    previous: offset <= 0 ? null : link(url, query, limit, offset > limit ? offset - limit : null),
    results: items.map(write),
  };
}

function link(path: string, asked: URLSearchParams, limit: number, offset: number | null): string {
  const query = new URLSearchParams(asked);
  query.set("limit", String(limit));
  query.delete("offset");
  if (offset !== null) {
    query.set("offset", String(offset));
  }
  query.sort();
  return `${path}?${query}`;
}
