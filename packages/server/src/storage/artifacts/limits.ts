/** The limits of a collection tarball. Each of them stops one way in which a small upload costs much. */
export const TARBALL_LIMITS = {
  /** Everything in the archive, unpacked, with its headers. */
  unpackedBytesMax: 500 * 1024 * 1024,
  /**
   * Beyond `ratioFreeBytes`, unpacked bytes for each byte uploaded. Plain text packs 5 to 20 times; a bomb of
   * zeros 1,000 times.
   */
  ratioMax: 200,
  ratioFreeBytes: 32 * 1024 * 1024,
  entriesMax: 20_000,
  pathBytesMax: 1_024,
  pathDepthMax: 32,
  /** Of FILES.json, which grows with the number of files. */
  jsonBytesMax: 5 * 1024 * 1024,
  /** Of MANIFEST.json, which is read for every result of a search. Real ones have 1 to 10 KB. */
  manifestBytesMax: 64 * 1024,
  jsonDepthMax: 32,
  /**
   * The YAML reader takes about two seconds per megabyte of hostile input; the largest real files have 100
   * KB.
   */
  runtimeBytesMax: 256 * 1024,
  linkHopsMax: 16,
} as const;

export type TarballLimits = { readonly [Name in keyof typeof TARBALL_LIMITS]: number };
