import type { Credential } from "../../core/credential/credential.ts";
import {
  type CredentialOrder,
  type CredentialPlace,
  type CredentialSort,
  placeOf,
  SORTS,
} from "../../core/credential/order.ts";
import { HubError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";

/** `title`, or `-title` for descending order. Newest first if absent. Throws `malformed_request`. */
export function readOrder(text: string | null): CredentialOrder {
  const sort = text ?? "-created";
  const by = sort.replace(/^-/, "");
  if (!isSort(by)) {
    throw new HubError("malformed_request", { field: "sort" });
  }
  return { by, descending: sort.startsWith("-") };
}

/**
 * Where the next page begins. It is bound to its order; newest first it is the id alone, as it always was.
 */
export function writeCursor(credential: Credential, order: CredentialOrder): string {
  const { key, id } = placeOf(credential, order.by);
  return isNewestFirst(order)
    ? id
    : Buffer.from(JSON.stringify([sortOf(order), key, id])).toString("base64url");
}

/** Throws `malformed_request` for an invalid cursor, or one of another order. */
export function readCursor(text: string, order: CredentialOrder): CredentialPlace {
  if (isNewestFirst(order) && isId(text)) {
    return { key: text, id: text };
  }
  const [sort, key, id] = readParts(text);
  const isKey = isText(order.by) ? typeof key === "string" : Number.isSafeInteger(key);
  if (sort !== sortOf(order) || !isKey || typeof id !== "string" || !isId(id)) {
    throw new HubError("malformed_request", { field: "cursor" });
  }
  return { key: key as string | number, id };
}

function readParts(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function isSort(text: string): text is CredentialSort {
  return SORTS.some((sort) => sort === text);
}

function isText(by: CredentialSort): boolean {
  return by !== "lastUsed" && by !== "expires";
}

function isNewestFirst({ by, descending }: CredentialOrder): boolean {
  return by === "created" && descending;
}

function sortOf({ by, descending }: CredentialOrder): string {
  return descending ? `-${by}` : by;
}
