/** The `ETag` header (RFC 9110 §8.8.3) of a representation with this version. */
export function etagOf(version: string): Readonly<Record<string, string>> {
  return { etag: `"${version}"` };
}

/** True if `If-Match` (RFC 9110 §13.1.1) lets a change of this version pass. A weak tag never matches. */
export function matches(header: string | undefined, version: string): boolean {
  if (header === undefined || header.trim() === "*") {
    return true;
  }
  return header.split(",").some((tag) => tag.trim() === `"${version}"`);
}
