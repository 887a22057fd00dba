import type { Credential } from "../../core/credential/credential.ts";
import {
  type CredentialOrder,
  type CredentialPlace,
  type CredentialSort,
  placeOf,
  SORTS,
} from "../../core/credential/order.ts";
import { isId } from "../../core/ids.ts";
import { malformed } from "../../core/malformed.ts";
import { CURSOR_FORM } from "./wire.ts";

/** `title`, or `-title` for descending order. Newest first if absent. Throws `malformed_request`. */
export function readOrder(text: string | null): CredentialOrder {
  const sort = text ?? "-created";
  const by = sort.replace(/^-/, "");
  if (!isSort(by)) {
    throw malformed("sort", `one of ${SORTS.join(", ")}, or one with - in front`, text);
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
    throw malformed("cursor", CURSOR_FORM, text);
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
