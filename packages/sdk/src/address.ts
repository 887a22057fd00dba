/**
 * The hub's address without a trailing slash. An empty address or a path means the page's own origin, in a
 * browser. Throws `TypeError` for anything else that is not an http(s) URL.
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
