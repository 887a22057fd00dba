import { EXIT, Failure, refusal } from "./failure.ts";

/** The public client that every hub knows for this command. */
const CLIENT_ID = "mintmark-cli";
const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
const ANSWER_BYTES_MAX = 256 * 1024;

interface Metadata {
  readonly token_endpoint: string;
  readonly revocation_endpoint: string;
  readonly device_authorization_endpoint: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly offlineToken: string;
  readonly credentialId: string;
}

export interface DeviceLogin {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly page: string;
  readonly pageWithCode: string;
  readonly intervalMs: number;
  readonly expiresAt: number;
}

/** The hub's OAuth endpoints (RFC 8414), as this command uses them: RFC 8628, 6749 §6 and 7009. */
export class OAuth {
  readonly #hub: string;
  readonly #fetch: typeof fetch;
  #metadata: Metadata | null = null;

  constructor(hub: string, fetcher: typeof fetch) {
    this.#hub = hub;
    this.#fetch = fetcher;
  }

  async startDeviceLogin(): Promise<DeviceLogin> {
    const { device_authorization_endpoint } = await this.#discover();
    const answer = await this.#post(device_authorization_endpoint, {});
    requireOk(answer, this.#hub);
    const { device_code, user_code, verification_uri, verification_uri_complete, interval, expires_in } =
      answer.body as Readonly<Record<string, string | number>>;
    return {
      deviceCode: String(device_code),
      userCode: String(user_code),
      page: String(verification_uri),
      pageWithCode: String(verification_uri_complete ?? verification_uri),
      intervalMs: Number(interval ?? 5) * 1000,
      expiresAt: Date.now() + Number(expires_in ?? 600) * 1000,
    };
  }

  /** The tokens, or `pending`, or `slow_down`. Throws when the person refused or the code has expired. */
  async pollDeviceLogin({ deviceCode }: DeviceLogin): Promise<Tokens | "pending" | "slow_down"> {
    const { token_endpoint } = await this.#discover();
    const answer = await this.#post(token_endpoint, { grant_type: DEVICE_CODE, device_code: deviceCode });
    const error = answer.body["error"];
    if (error === "authorization_pending") {
      return "pending";
    }
    if (error === "slow_down") {
      return "slow_down";
    }
    if (error === "access_denied") {
      throw refusal("access_denied", "The log-in was refused", "Run mintmark login again and approve it.");
    }
    if (error === "expired_token") {
      throw refusal("expired_token", "The code has expired", "Run mintmark login again.");
    }
    requireOk(answer, this.#hub);
    return tokensOf(answer.body);
  }

  /** A bearer for the offline token. Throws a refusal that tells the reason and the day of its end. */
  async exchange(offlineToken: string): Promise<Tokens> {
    const { token_endpoint } = await this.#discover();
    const answer = await this.#post(token_endpoint, {
      grant_type: "refresh_token",
      refresh_token: offlineToken,
    });
    if (answer.body["error"] === "invalid_grant") {
      throw refusal(
        "login_ended",
        `Your log-in at ${this.#hub} does not work any more: ${describe(answer.body)}`,
        `Run: mintmark login --hub ${this.#hub}`,
      );
    }
    requireOk(answer, this.#hub);
    return tokensOf(answer.body);
  }

  async revoke(offlineToken: string): Promise<void> {
    const { revocation_endpoint } = await this.#discover();
    requireOk(await this.#post(revocation_endpoint, { token: offlineToken }), this.#hub);
  }

  async #discover(): Promise<Metadata> {
    if (this.#metadata === null) {
      const answer = await this.#send(`${this.#hub}/.well-known/oauth-authorization-server`, {});
      const metadata = answer.body as unknown as Partial<Metadata>;
      if (!answer.ok || !metadata.token_endpoint || !metadata.device_authorization_endpoint) {
        throw notAHub(this.#hub);
      }
      // Only the paths are taken: a log-in never goes to another host than the one that was named.
      const here = (endpoint: string) => new URL(new URL(endpoint).pathname, this.#hub).href;
      this.#metadata = {
        token_endpoint: here(metadata.token_endpoint),
        revocation_endpoint: here(metadata.revocation_endpoint ?? metadata.token_endpoint),
        device_authorization_endpoint: here(metadata.device_authorization_endpoint),
      };
    }
    return this.#metadata;
  }

  #post(url: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#send(url, {
      method: "POST",
      body: new URLSearchParams({ client_id: CLIENT_ID, ...form }),
    });
  }

  async #send(url: string, request: RequestInit): Promise<Answer> {
    try {
      const response = await this.#fetch(url, {
        ...request,
        redirect: "error",
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      return { ok: response.ok, status: response.status, body: parse(text.slice(0, ANSWER_BYTES_MAX)) };
    } catch (error) {
      throw unreachable(this.#hub, error);
    }
  }
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function unreachable(hub: string, cause?: unknown): Failure {
  return new Failure(EXIT.unreachable, "unreachable", `${hub} cannot be reached`, {
    advice: "Check the address and the network, then try again.",
    cause,
  });
}

export function notAHub(hub: string): Failure {
  return new Failure(EXIT.unreachable, "not_a_hub", `What answers at ${hub} is not a hub`, {
    advice: "Check the address given with --hub.",
  });
}

function requireOk({ ok, status, body }: Answer, hub: string): void {
  if (ok) {
    return;
  }
  if (status >= 500) {
    throw new Failure(EXIT.unreachable, "unavailable", `${hub} answered ${status}: ${describe(body)}`, {
      advice: "Try again in a moment.",
    });
  }
  throw refusal(String(body["error"] ?? "refused"), `${hub} refused this: ${describe(body)}`);
}

function describe(body: Readonly<Record<string, unknown>>): string {
  return String(body["error_description"] ?? body["error"] ?? "without a reason");
}

function tokensOf(body: Readonly<Record<string, unknown>>): Tokens {
  return {
    accessToken: String(body["access_token"]),
    offlineToken: String(body["refresh_token"]),
    credentialId: String(body["session_state"] ?? ""),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
