/**
 * Scopes in the grammar of Docker's token protocol, `type:name:action[,action]`, used everywhere, and the
 * two-part `user:admin` for an account's own things. A name may hold `*` as wildcard within one segment, and
 * `*` as its whole last segment for the rest. Segments of collections are separated by dots (`acme.tools`),
 * those of everything else by slashes; none is empty, `.` or `..`.
 */
export interface Scope {
  readonly type: string;
  /** Empty in the two-part form. */
  readonly name: string;
  readonly actions: readonly string[];
}

const TYPE = /^[a-z][a-z0-9_-]{0,31}$/;
const NAME = /^[A-Za-z0-9*][A-Za-z0-9._@+~#:/*-]{0,254}$/;
const ACTION = /^(?:\*|[a-z][a-z0-9_-]{0,31})$/;
const ACTIONS_MAX = 16;

/**
 * The scope of sessions and of role `admin`: every type but the two-part ones, which an account has only over
 * itself and by name.
 */
export const EVERYTHING: Scope = { type: "*", name: "*", actions: ["*"] };
export const USER_ADMIN: Scope = { type: "user", name: "", actions: ["admin"] };

/**
 * The scope in `text`, or null if it is not one. The name may hold colons (`host:port/app`): the first and
 * the last colon part it.
 */
export function parseScope(text: string): Scope | null {
  const scope = readStoredScope(text);
  return scope !== null && hasPlainName(scope) ? scope : null;
}

/**
 * A scope that the hub itself wrote down. Earlier versions accepted more names (`a//b`, `user:read`); one of
 * those still means what it did, since dropping it would leave an empty list, and some lists mean more when
 * they are empty.
 */
export function readStoredScope(text: string): Scope | null {
  if (text === "*:*:*") {
    return EVERYTHING;
  }
  const first = text.indexOf(":");
  const last = text.lastIndexOf(":");
  const type = text.slice(0, first);
  if (first < 1 || !TYPE.test(type)) {
    return null;
  }
  const actions = [...new Set(text.slice(last + 1).split(","))];
  if (actions.length > ACTIONS_MAX || !actions.every((action) => ACTION.test(action))) {
    return null;
  }
  if (first === last) {
    return actions.length === 1 && actions[0] !== "*" ? { type, name: "", actions } : null;
  }
  const name = text.slice(first + 1, last);
  // Two stars in a row would be one segment here and look like "the rest" there.
  return NAME.test(name) && !name.includes("**") ? { type, name, actions } : null;
}

/**
 * The only scope of two parts is `user:admin`. A program that normalises paths would
 * read a segment that is empty, `.` or `..` as another name.
 */
function hasPlainName({ type, name, actions }: Scope): boolean {
  if (name === "") {
    return type === USER_ADMIN.type && actions[0] === USER_ADMIN.actions[0];
  }
  return name.split(separatorOf(type)).every((segment) => !["", ".", ".."].includes(segment));
}

export function formatScope(scope: Scope): string {
  return scope.name === ""
    ? `${scope.type}:${scope.actions.join(",")}`
    : `${scope.type}:${scope.name}:${scope.actions.join(",")}`;
}

/** True when everything that `inner` allows is allowed by `outer`. Sound for wildcards: in doubt false. */
export function covers(outer: Scope, inner: Scope): boolean {
  return inner.actions.every((action) => coversAction(outer, inner, action));
}

/** Like `covers`, for one of the actions of `inner`. */
export function coversAction(outer: Scope, inner: Scope, action: string): boolean {
  return (
    typeReaches(outer, inner.type, inner.name) &&
    (outer.actions.includes(action) || outer.actions.includes("*")) &&
    nameCovers(outer, inner)
  );
}

/**
 * The scope that both allow, or null for nothing. Never wider than either; crossing wildcards that no scope
 * can express give nothing.
 */
export function intersect(a: Scope, b: Scope): Scope | null {
  if (a.type === "*" || b.type === "*") {
    const other = a.type === "*" ? b : a;
    const whole = a.type === "*" ? a : b;
    return typeReaches(whole, other.type, other.name) ? other : null;
  }
  if (a.type !== b.type || (a.name === "") !== (b.name === "")) {
    return null;
  }
  const name = a.name === b.name ? a.name : intersectNames(a.name, b.name, separatorOf(a.type));
  const actions = intersectActions(a.actions, b.actions);
  return name === null || actions.length === 0 ? null : { type: a.type, name, actions };
}

function typeReaches(outer: Scope, type: string, name: string): boolean {
  return outer.type === type || (outer.type === "*" && name !== "");
}

export function separatorOf(type: string): string {
  return type === "collection" ? "." : "/";
}

function nameCovers(outer: Scope, inner: Scope): boolean {
  if (outer.type === "*" || outer.name === inner.name) {
    return true;
  }
  if (outer.name === "" || inner.name === "") {
    return false;
  }
  const separator = separatorOf(inner.type);
  const star = outer.name.indexOf("*");
  if (star < 0) {
    return false;
  }
  if (star === outer.name.length - 1 && (star === 0 || outer.name[star - 1] === separator)) {
    // The commonest pattern, `team/*`, without taking names apart.
    return inner.name.startsWith(outer.name.slice(0, star));
  }
  const pattern = outer.name.split(separator);
  const segments = inner.name.split(separator);
  const last = pattern.length - 1;
  if (pattern[last] === "*") {
    return (
      segments.length > last &&
      pattern.slice(0, last).every((glob, at) => segmentCovers(glob, segments[at] as string))
    );
  }
  // A final `*` of the inner name stands for any number of segments, so only a final `*` can cover it.
  return (
    segments.length === pattern.length &&
    segments[last] !== "*" &&
    pattern.every((glob, at) => segmentCovers(glob, segments[at] as string))
  );
}

/**
 * Glob over one segment, in linear time. A `*` in `text` is an ordinary character that only a `*` of the glob
 * can match.
 */
function segmentCovers(glob: string, text: string): boolean {
  const parts = glob.split("*");
  const head = parts[0] as string;
  const tail = parts[parts.length - 1] as string;
  if (parts.length === 1) {
    return glob === text;
  }
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) {
    return false;
  }
  let at = head.length;
  const end = text.length - tail.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) {
      return false;
    }
    at = found + part.length;
  }
  return true;
}

function intersectNames(a: string, b: string, separator: string): string | null {
  const left = a.split(separator);
  const right = b.split(separator);
  const [shorter, longer] = left.length <= right.length ? [left, right] : [right, left];
  const open = shorter[shorter.length - 1] === "*";
  if (shorter.length !== longer.length && !open) {
    return null;
  }
  const result: string[] = [];
  for (let at = 0; at < longer.length; at += 1) {
    const one = at < shorter.length - (open ? 1 : 0) ? (shorter[at] as string) : "*";
    const common = intersectSegments(one, longer[at] as string);
    if (common === null) {
      return null;
    }
    result.push(common);
  }
  return result.join(separator);
}

function intersectSegments(a: string, b: string): string | null {
  if (segmentCovers(a, b)) {
    return b;
  }
  return segmentCovers(b, a) ? a : null;
}

function intersectActions(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.includes("*")) {
    return b;
  }
  return b.includes("*") ? a : a.filter((action) => b.includes(action));
}
