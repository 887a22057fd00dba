import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import autocannon from "autocannon";
import { LOAD_WRAPPER, processorTimeUs } from "./processor.ts";

/** Whole ones: wrk knows no others. */
export const SECONDS = Math.ceil(Number(process.env.BENCH_SECONDS ?? 2));
const CONNECTIONS = 64;
/** Stands for the value of a request in its headers or body. */
const SLOT = "{}";
const NO_VALUES: readonly string[] = [""];
/**
 * The most values that autocannon prepares for each connection. Beyond it the requests are made one by one,
 * which is slower.
 */
const PREPARED_MAX = 1_000;

/** One kind of request, sent again and again with another of the values. */
export interface Requests {
  readonly url: string;
  readonly method?: "GET" | "POST";
  /** `{}` stands for the value. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `{}` stands for the value. */
  readonly body?: string;
  /** All of one length. Left out where every request is the same. */
  readonly values?: readonly string[];
  readonly order?: "in turn" | "random";
  /** The expected answer; any other makes the claim fail. */
  readonly answers?: "accepted" | "refused";
  readonly connections?: number;
  /** The URL of a server that this one asks, whose processor time is measured as well. */
  readonly behind?: string;
}

/**
 * `wrk` where Debian's package is installed. autocannon tops out near 50,000 a second, which
 * flatters anything compared with a bare server.
 */
const WRK = wrkVersion();
export const LOAD_BY = WRK ?? "autocannon 9.0.0, which tops out near 50,000 a second";

let folder: string | null = null;
/** Several loads may run at once, so each has a script of its own. */
let scripts = 0;
const files = new WeakMap<readonly string[], string>();

/** What a server did under load. */
export interface Reached {
  /** Answers a second. */
  readonly value: number;
  /** Processor time of the server for each answer, in microseconds; null if it is not known. */
  readonly us: number | null;
  /** The same of the server behind it; null without one. */
  readonly behindUs: number | null;
}

/** Some seconds of load. Throws when one of the answers was not as expected. */
export async function load(requests: Requests): Promise<Reached> {
  const before = processorTimes(requests);
  const { total, refused, failed, rate } = WRK ? await byWrk(requests) : await byAutocannon(requests);
  const expected = requests.answers === "refused" ? total : 0;
  if (failed > 0 || refused !== expected || total === 0) {
    throw new Error(
      `${refused} of ${total} refused, ${failed} failed, wanted ${requests.answers ?? "accepted"}: ${requests.url}`,
    );
  }
  const after = processorTimes(requests);
  const cost = (at: 0 | 1) => {
    const [from, to] = [before[at], after[at]];
    return from === null || to === null ? null : (to - from) / total;
  };
  return { value: rate, us: cost(0), behindUs: cost(1) };
}

/** Of the server, and of the one behind it. */
function processorTimes({ url, behind }: Requests): readonly [number | null, number | null] {
  return [processorTimeUs(url), behind === undefined ? null : processorTimeUs(behind)];
}

interface Outcome {
  readonly total: number;
  readonly refused: number;
  readonly failed: number;
  readonly rate: number;
}

async function byWrk(requests: Requests): Promise<Outcome> {
  const connections = requests.connections ?? CONNECTIONS;
  scripts += 1;
  const script = join(scriptFolder(), `requests-${scripts}.lua`);
  writeFileSync(script, scriptOf(requests), { mode: 0o600 });
  const flags = ["-t1", `-c${connections}`, `-d${SECONDS}s`, "--timeout", "10s", "-s", script, requests.url];
  const [command = "wrk", ...rest] = [...LOAD_WRAPPER, "wrk", ...flags];
  const { stdout } = await promisify(execFile)(command, rest);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  return {
    total: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
    failed: (broken ?? []).slice(1).reduce((sum, count) => sum + Number(count), 0),
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
  };
}

/**
 * The request is text already, so that making the next one costs the generator, which shares the machine,
 * little.
 */
function scriptOf({
  url,
  method = "GET",
  headers = {},
  body = "",
  values = NO_VALUES,
  order,
}: Requests): string {
  const { host, pathname, search } = new URL(url);
  const length = body.length + (body.includes(SLOT) ? (values[0] as string).length - SLOT.length : 0);
  const head = [
    `${method} ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    ...Object.entries({ ...headers, ...(body === "" ? {} : { "content-length": String(length) }) }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ];
  const [before = "", after = ""] = `${head.join("\r\n")}\r\n\r\n${body}`.split(SLOT);
  return `local before, after = ${JSON.stringify(before)}, ${JSON.stringify(after)}
local values, turn = {}, 0
init = function()
  math.randomseed(os.time())
  for value in io.lines(${JSON.stringify(fileOf(values))}) do
    values[#values + 1] = value
  end
end
request = function()
  turn = ${order === "random" ? "math.random(#values)" : "turn % #values + 1"}
  return before .. values[turn] .. after
end
`;
}

/** Made at the first load and gone with the process: secrets are in it. */
function scriptFolder(): string {
  if (folder === null) {
    const made = mkdtempSync(join(tmpdir(), "mintmark-load-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

function fileOf(values: readonly string[]): string {
  const known = files.get(values);
  if (known !== undefined) {
    return known;
  }
  const file = join(mkdtempSync(join(scriptFolder(), "values-")), "values");
  writeFileSync(file, values.map((value) => `${value}\n`).join(""), { mode: 0o600 });
  files.set(values, file);
  return file;
}

async function byAutocannon(requests: Requests): Promise<Outcome> {
  const { url, values = NO_VALUES } = requests;
  const result = await autocannon({
    url,
    connections: requests.connections ?? CONNECTIONS,
    duration: SECONDS,
    requests:
      values.length <= PREPARED_MAX && requests.order !== "random"
        ? values.map((value) => requestFor(requests, value))
        : [{ setupRequest: (request) => ({ ...request, ...requestFor(requests, nextOf(requests)) }) }],
  });
  const total = result["2xx"] + result.non2xx;
  return { total, refused: result.non2xx, failed: result.errors, rate: total / result.duration };
}

let turn = 0;

function nextOf({ values = NO_VALUES, order }: Requests): string {
  turn = order === "random" ? Math.floor(Math.random() * values.length) : (turn + 1) % values.length;
  return values[turn] as string;
}

function requestFor({ url, method = "GET", headers = {}, body }: Requests, value: string) {
  const { pathname, search } = new URL(url);
  const fill = (text: string) => text.replace(SLOT, value);
  const filled = Object.entries(headers).map(([name, text]) => [name, fill(text)]);
  return {
    method,
    path: pathname + search,
    headers: Object.fromEntries(filled) as Record<string, string>,
    ...(body === undefined ? {} : { body: fill(body) }),
  };
}

function wrkVersion(): string | null {
  // It prints its version and ends with 1.
  const { stdout, error } = spawnSync("wrk", ["--version"], { encoding: "utf8" });
  return error ? null : `wrk ${/[\d.]+/.exec(stdout)?.[0] ?? ""}`.trim();
}
