/**
 * The hub's address without a slash at its end. Empty, or a path, is fine in a browser: the page's own origin. Throws `TypeError` where it is
 * no address of a hub.
 */
export function readAddress(address: string): string {
  const inBrowser = address === "" || /^\/(?!\/)/.test(address);
  const url = inBrowser ? undefined : parseUrl(address);
  if (!inBrowser && (!url || !/^https?:$/.test(url.protocol))) {
    throw new TypeError("baseUrl is not an http or https address");
  }
  if (url && (url.username || url.password || url.search || url.hash)) {
    throw new TypeError("baseUrl holds more than an address: no user, password, query or fragment");
  }
  return address.replace(/\/+$/, "");
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
