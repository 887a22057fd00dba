/**
 * Spells a path as the routes have it, whatever its case and doubled slashes: documentation writes `apiKey`
 * and `apikey`, and Python's SDK sends `/icp4d-api//v1/authorize` if its URL ends in a slash. Values of
 * parameters stay as they were sent. Paths of other systems are not touched.
 */
export function speller(paths: readonly string[], prefixes: readonly string[]): (path: string) => string {
  const patterns = paths.map(segmentsOf);
  const roots = prefixes.map(segmentsOf);
  const firsts = new Set(roots.map(([first]) => first?.toLowerCase()));
  return (path) => {
    const segments = segmentsOf(path);
    if (!firsts.has(segments[0]?.toLowerCase())) {
      return path;
    }
    const pattern = patterns.find(
      (candidate) => candidate.length === segments.length && begins(segments, candidate),
    );
    const spelling = pattern ?? roots.find((root) => begins(segments, root));
    return spelling ? join(segments.map((segment, at) => literal(spelling[at]) ?? segment)) : path;
  };
}

function begins(segments: readonly string[], pattern: readonly string[]): boolean {
  return (
    segments.length >= pattern.length &&
    pattern.every((part, at) => part.startsWith(":") || part.toLowerCase() === segments[at]?.toLowerCase())
  );
}

function literal(part: string | undefined): string | undefined {
  return part?.startsWith(":") ? undefined : part;
}

function segmentsOf(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function join(segments: readonly string[]): string {
  return `/${segments.join("/")}`;
}
