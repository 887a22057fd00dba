import type { MintmarkClient } from "@mintmark/sdk";
import { EXIT, Failure, refusal } from "./failure.ts";
import { chooseHub, Hosts, type Login, notLoggedIn } from "./hosts.ts";
import { notAHub, OAuth, type Tokens, unreachable } from "./oauth.ts";
import { TERMINAL, type Terminal } from "./terminal.ts";

/** Options that every command takes. */
export interface CommonOptions {
  readonly hub?: string;
  readonly json?: true;
  readonly verbose?: true;
}

const REQUEST_TIMEOUT_MS = 30_000;

/** What a command works with: the terminal, the kept log-ins, and one hub. */
export class Session {
  readonly terminal: Terminal;
  readonly hosts: Hosts;
  readonly options: CommonOptions;
  /** Called before anything is written, to clear what was drawn while the person waited. */
  beforeOutput: () => void = () => undefined;
  #hub: string | null = null;
  #tokens: Promise<Tokens> | null = null;

  constructor(options: CommonOptions, terminal: Terminal = TERMINAL) {
    this.options = options;
    this.terminal = terminal;
    this.hosts = new Hosts(terminal.env);
  }

  /** The hub that the command is about. */
  get hub(): string {
    this.#hub ??= chooseHub(this.hosts, this.options.hub, this.terminal.env);
    return this.#hub;
  }

  /** The same command, about another hub. */
  at(hub: string): Session {
    return new Session({ ...this.options, hub }, this.terminal);
  }

  get oauth(): OAuth {
    return new OAuth(this.hub, this.fetch);
  }

  /** Throws `not_logged_in`. */
  requireLogin(): Login {
    const login = this.hosts.find(this.hub);
    if (login === null) {
      throw notLoggedIn(this.hub);
    }
    return login;
  }

  /** The hub's own API, in the name of the log-in that is kept. Throws `not_logged_in`. */
  async client(): Promise<MintmarkClient> {
    this.requireLogin();
    return this.clientWith(async () => (await this.exchange()).accessToken);
  }

  /** The hub's own API without a log-in. */
  async anonymous(): Promise<MintmarkClient> {
    return this.clientWith("none");
  }

  async clientWith(bearer: string | (() => Promise<string>)): Promise<MintmarkClient> {
    const { MintmarkClient } = await import("@mintmark/sdk");
    return new MintmarkClient({
      baseUrl: this.hub,
      bearer,
      fetch: this.fetch,
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
  }

  /** Exchanges the kept log-in, once. Throws a refusal with the reason and the day when it has ended. */
  exchange(): Promise<Tokens> {
    this.#tokens ??= this.oauth.exchange(this.requireLogin().token);
    return this.#tokens;
  }

  /** `fetch` that tells method, address and status on stderr with `--verbose`; never a header or a body. */
  get fetch(): typeof fetch {
    if (this.options.verbose !== true) {
      return fetch;
    }
    const { stderr } = this.terminal;
    return async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const response = await fetch(input, init);
      stderr.write(`${init?.method ?? "GET"} ${url} → ${response.status}\n`);
      return response;
    };
  }

  /** Writes the result of a command: JSON with `--json`, else these lines. */
  show(value: unknown, lines: readonly string[]): void {
    this.beforeOutput();
    const text = this.options.json === true ? JSON.stringify(value, null, 2) : lines.join("\n");
    if (text !== "") {
      this.terminal.stdout.write(`${text}\n`);
    }
  }

  /** A remark for the person, on stderr; left out with `--json`. */
  say(line: string): void {
    if (this.options.json !== true) {
      this.beforeOutput();
      this.terminal.stderr.write(`${line}\n`);
    }
  }
}

const CODES_OF_SILENCE = new Set(["unreachable", "timeout"]);

/** Any error as a failure with a sentence, an advice and an exit code. */
export function failureOf(error: unknown, hub: string | null): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const problem = error as Partial<{
    code: string;
    status: number;
    message: string;
    detail: string;
    field: string;
  }>;
  const name = error instanceof Error ? error.name : "";
  if (name !== "MintmarkError") {
    const message = error instanceof Error ? error.message : String(error);
    return new Failure(EXIT.refused, "failed", message, { cause: error });
  }
  const { code = "refused", status = 0 } = problem;
  if (CODES_OF_SILENCE.has(code)) {
    return unreachable(hub ?? "The hub", error);
  }
  if (code === "unexpected_answer") {
    return notAHub(hub ?? "the address");
  }
  const field = problem.field === undefined ? "" : ` (${problem.field})`;
  const sentence = `${problem.detail ?? problem.message ?? "refused"}${field}`;
  return status >= 500
    ? new Failure(EXIT.unreachable, code, sentence, { advice: "Try again in a moment." })
    : refusal(code, sentence, ADVICE[code] ?? null);
}

const ADVICE: Readonly<Record<string, string>> = {
  unauthenticated: "Run: mintmark login",
  credential_inactive: "Run: mintmark login",
  not_found: "Run mintmark token list for the ids of your credentials.",
  credential_limit: "End some with mintmark token revoke, then try again.",
  credential_frozen: "Run: mintmark token thaw",
};
