/** A function of a profile, and its own time in microseconds. */
export interface OwnTime {
  readonly name: string;
  /** Empty for functions of the runtime that are not JavaScript. */
  readonly url: string;
  readonly time: number;
}

type Matches = (one: OwnTime) => boolean;

const native =
  (...names: readonly string[]): Matches =>
  ({ name, url }) =>
    url === "" && names.includes(name);

/** What the time of a request goes to; a function belongs to the first group that it matches. */
const GROUPS: readonly (readonly [group: string, matches: Matches])[] = [
  ["sending the answer", native("writeLatin1String", "writev", "writeBuffer")],
  ["writing the log", native("writeUtf8String")],
  [
    "signing",
    (one) => native("sign", "Sign", "init", "update")(one) || one.url === "node:internal/crypto/sig",
  ],
  ["collecting garbage", native("(garbage collector)")],
  ["digests", (one) => native("oneShotDigest", "crc32")(one) || one.url === "node:internal/crypto/hash"],
  ["Node's sockets, timers and ticks", ({ url }) => url.startsWith("node:")],
  ["other code of the runtime", ({ url }) => url === ""],
  ["reading the request and writing the answer", ({ url }) => /\/dist\/(http|dialects)\//.test(url)],
  ["the verdict, its use and its metrics", () => true],
];

/** A Markdown table of the groups and their percentages. */
export function renderShares(profile: string, functions: readonly OwnTime[]): string {
  const total = functions.reduce((sum, { time }) => sum + time, 0);
  const times = new Map(GROUPS.map(([group]) => [group, 0]));
  for (const one of functions) {
    const [group = ""] = GROUPS.find(([, matches]) => matches(one)) ?? [];
    times.set(group, (times.get(group) ?? 0) + one.time);
  }
  const shares = [...times.values()].map((time) => `${Math.round((100 * time) / total)} %`);
  const lines = [
    ["", ...times.keys()],
    ["---", ...shares.map(() => "---")],
    [profile, ...shares],
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
