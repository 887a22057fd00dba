/**
 * Where browsers find the server: the public URL may have a path, below which a proxy serves it next to other
 * applications.
 */
export interface PublicPlace {
  readonly isHttps: boolean;
  /** The path of the public URL without a slash at its end; empty at the root of the host. */
  readonly path: string;
}

let latest: { readonly url: string; readonly place: PublicPlace } | null = null;

/** Reads the public URL. Pages, form actions, redirects and cookies all begin with its path. */
export function publicPlaceOf(publicUrl: string): PublicPlace {
  if (latest?.url === publicUrl) {
    return latest.place;
  }
  const { protocol, pathname } = new URL(publicUrl);
  const place = { isHttps: protocol === "https:", path: pathname.replace(/\/+$/, "") };
  latest = { url: publicUrl, place };
  return place;
}
