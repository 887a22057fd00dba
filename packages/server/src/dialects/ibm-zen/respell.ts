const WEB_BASE = "zen";

/**
 * Spells a path as the routes have it, whatever its case and doubled slashes: documentation writes `apiKey`
 * and `apikey`, and Python's SDK sends `/icp4d-api//v1/authorize` if its URL ends in a slash. Values of
 * parameters stay as they were sent. Paths of other systems are not touched. `/zen`, the base of the web page
 * that people copy into their SDK's URL, may stand in front.
 */
export function speller(paths: readonly string[], prefixes: readonly string[]): (path: string) => string {
  const patterns = paths.map(segmentsOf);
  const roots = prefixes.map(segmentsOf);
  const firsts = new Set(roots.map(([first]) => first?.toLowerCase()));
  return (path) => {
    const segments = withoutBase(segmentsOf(path), roots);
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

/** The segments after the base of the web page, if they are a path of this system. */
function withoutBase(segments: readonly string[], roots: readonly (readonly string[])[]): readonly string[] {
  const rest = segments.slice(1);
  const isBased = segments[0]?.toLowerCase() === WEB_BASE && roots.some((root) => begins(rest, root));
  return isBased ? rest : segments;
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
