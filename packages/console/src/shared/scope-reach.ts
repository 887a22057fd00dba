/**
 * What a scope reaches of what its owner holds, as the server computes it at each use: for the display alone.
 * `*` in a name stands for a part of one segment, and as the whole last segment for all the rest.
 */
interface Scope {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** The parts of the scope that the owner holds; empty if it reaches nothing. */
export function reachOf(scope: string, held: readonly string[]): readonly string[] {
  const parts = held.flatMap((grant) => {
    const common = intersect(parse(scope), parse(grant));
    return common === null ? [] : [format(common)];
  });
  const distinct = [...new Set(parts)];
  return distinct.filter((part) => !distinct.some((other) => other !== part && covers(other, part)));
}

/** True if the owner holds all of the scope. */
export function isHeld(scope: string, held: readonly string[]): boolean {
  return reachOf(scope, held).includes(scope);
}

/** True if everything that `inner` allows is allowed by `outer`. */
function covers(outer: string, inner: string): boolean {
  const common = intersect(parse(outer), parse(inner));
  return common !== null && format(common) === inner;
}

function parse(text: string): Scope {
  const first = text.indexOf(":");
  const last = text.lastIndexOf(":");
  return {
    type: text.slice(0, first),
    name: first === last ? "" : text.slice(first + 1, last),
    actions: text.slice(last + 1).split(","),
  };
}

function format({ type, name, actions }: Scope): string {
  return name === "" ? `${type}:${actions.join(",")}` : `${type}:${name}:${actions.join(",")}`;
}

function intersect(a: Scope, b: Scope): Scope | null {
  if (a.type === "*" || b.type === "*") {
    const other = a.type === "*" ? b : a;
    return other.name === "" ? null : other;
  }
  if (a.type !== b.type) {
    return null;
  }
  const name = commonName(a, b);
  const actions = commonActions(a.actions, b.actions);
  return name === null || actions.length === 0 ? null : { type: a.type, name, actions };
}

function commonActions(a: readonly string[], b: readonly string[]): readonly string[] {
  if (b.includes("*")) {
    return a;
  }
  return a.includes("*") ? b : a.filter((action) => b.includes(action));
}

function commonName(a: Scope, b: Scope): string | null {
  const separator = a.type === "collection" ? "." : "/";
  if (nameCovers(a.name, b.name, separator)) {
    return b.name;
  }
  return nameCovers(b.name, a.name, separator) ? a.name : null;
}

function nameCovers(outer: string, inner: string, separator: string): boolean {
  if (outer === inner || outer === "*") {
    return true;
  }
  const pattern = outer.split(separator);
  const segments = inner.split(separator);
  const last = pattern.length - 1;
  const isOpen = pattern[last] === "*";
  if (isOpen ? segments.length <= last : segments.length !== pattern.length) {
    return false;
  }
  return pattern.every((part, at) => (isOpen && at === last) || segmentCovers(part, segments[at] ?? ""));
}

function segmentCovers(pattern: string, segment: string): boolean {
  const source = pattern
    .split("*")
    .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`).test(segment);
}
