/**
 * Scopes in the hub's grammar: `type:name:action[,action]`, and the two-part `user:admin` for an account's
 * own things. A name may hold `*` as wildcard within one segment, and `*` as its whole last
 * segment for the rest. Segments of collections are parted by dots, of everything else by slashes.
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

/** Every type but the two-part ones, which an account has only over itself and by name. */
const EVERYTHING: Scope = { type: "*", name: "*", actions: ["*"] };

/**
 * The scope in `text`, or null if it is not one. The name may hold colons (`host:port/app`): the first and
 * the last colon separate the parts.
 */
export function parseScope(text: string): Scope | null {
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
    return text === "user:admin" ? { type, name: "", actions } : null;
  }
  const name = text.slice(first + 1, last);
  return NAME.test(name) && !name.includes("**") && hasPlainSegments(type, name)
    ? { type, name, actions }
    : null;
}

/** A segment that is empty, `.` or `..` means another name to a program that tidies paths. */
function hasPlainSegments(type: string, name: string): boolean {
  return name.split(type === "collection" ? "." : "/").every((segment) => !["", ".", ".."].includes(segment));
}

/** True if the held scopes allow every action of `asked`. Denies in doubt. */
export function permits(held: readonly Scope[], asked: Scope): boolean {
  return asked.actions.every((action) => held.some((scope) => allows(scope, asked, action)));
}

function allows(held: Scope, asked: Scope, action: string): boolean {
  return (
    (held.type === asked.type || (held.type === "*" && asked.name !== "")) &&
    (held.actions.includes("*") || held.actions.includes(action)) &&
    (held.type === "*" || nameCovers(held.name, asked))
  );
}

function nameCovers(held: string, asked: Scope): boolean {
  if (held === asked.name || held === "" || asked.name === "") {
    return held === asked.name;
  }
  const separator = asked.type === "collection" ? "." : "/";
  const pattern = held.split(separator);
  const segments = asked.name.split(separator);
  const last = pattern.length - 1;
  if (pattern[last] === "*") {
    return (
      segments.length > last &&
      pattern.slice(0, last).every((glob, at) => segmentCovers(glob, segments[at] as string))
    );
  }
  return (
    segments.length === pattern.length &&
    pattern.every((glob, at) => segmentCovers(glob, segments[at] as string))
  );
}

/**
 * Glob over one segment, in linear time. A `*` in `text` is an ordinary character that only a `*` of the glob
 * can match.
 */
function segmentCovers(glob: string, text: string): boolean {
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.pop();
  if (tail === undefined) {
    return glob === text;
  }
  const end = text.length - tail.length;
  let at = head.length;
  if (end < at || !text.startsWith(head) || !text.endsWith(tail)) {
    return false;
  }
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) {
      return false;
    }
    at = found + part.length;
  }
  return true;
}
