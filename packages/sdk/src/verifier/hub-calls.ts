import { bearerHeader } from "../bearer.ts";
import { MintmarkError } from "../error.ts";
import { type Sending, send } from "../send.ts";
import { clientName, type Known, knownOf } from "./verdict.ts";

/**
 * How the service shows itself to the hub: a confidential OAuth client (any), which asks about one secret a
 * call, or a personal token that holds `hub:introspect:use`, which asks about up to 100. The parts may come
 * straight from `process.env`: if one is undefined, `createVerifier` throws a `TypeError` that names it.
 */
export type ServiceCredentials =
  | { readonly clientId: string | undefined; readonly clientSecret: string | undefined }
  | { readonly token: string | undefined };

export interface HubCalls {
  /** How many secrets one call may ask about. */
  readonly batchMax: number;
  /**
   * The verdicts in the order of the questions; null for an inactive one. Throws `MintmarkError` if the hub
   * cannot tell.
   */
  ask(texts: readonly string[], timeoutMs: number): Promise<readonly (Known | null)[]>;
}

type Answer = Readonly<Record<string, unknown>>;

/**
 * Throws `TypeError` if a part of the credentials is missing, `unusable_bearer` for a text that is not a
 * token.
 */
export function openHubCalls(
  baseUrl: string,
  credentials: ServiceCredentials,
  fetch: Sending["fetch"],
): HubCalls {
  // As a rule a variable of the environment that is not set.
  for (const [name, value] of Object.entries(credentials)) {
    if (typeof value !== "string" || value === "") {
      throw new TypeError(`credentials.${name} is missing`);
    }
  }
  return "token" in credentials
    ? askMany(`${baseUrl}/api/mintmark/v1/introspection`, bearerHeader(credentials.token ?? ""), fetch)
    : askOne(`${baseUrl}/oauth/introspect`, basicHeader(credentials), fetch);
}

/** RFC 7662. */
function askOne(url: string, authorization: string, fetch: Sending["fetch"]): HubCalls {
  return {
    batchMax: 1,
    async ask([token = ""], timeoutMs) {
      const body = new URLSearchParams({ token });
      const answer = await put(url, authorization, body, { fetch, timeoutMs });
      return [readIntrospection(answer)];
    },
  };
}

/** The hub's own API, operation `introspectMany`. */
function askMany(url: string, authorization: string, fetch: Sending["fetch"]): HubCalls {
  return {
    batchMax: 100,
    async ask(secrets, timeoutMs) {
      const body = JSON.stringify({ secrets });
      const { verdicts } = await put(url, authorization, body, { fetch, timeoutMs });
      if (!Array.isArray(verdicts) || verdicts.length !== secrets.length) {
        throw unexpected();
      }
      return verdicts.map(readVerdict);
    },
  };
}

async function put(
  url: string,
  authorization: string,
  body: string | URLSearchParams,
  sending: Sending,
): Promise<Answer> {
  const type = typeof body === "string" ? "application/json" : "application/x-www-form-urlencoded";
  const headers = { authorization, "content-type": type, "user-agent": "mintmark-sdk" };
  try {
    const request = { method: "POST", headers, body: String(body), credentials: "omit" } as const;
    return asRecord(await send<unknown>(url, request, sending));
  } catch (error) {
    throw error instanceof MintmarkError && [401, 403].includes(error.status) ? refusedService(error) : error;
  }
}

function readIntrospection(answer: Answer): Known | null {
  const { active, token_type, sub, client_id, username, kind, scope, exp } = answer;
  // "Offline" is the type of tokens that can only be exchanged.
  if (!isActive(active) || token_type !== "Bearer") {
    return null;
  }
  const caller = kind === "client" ? ofClient(client_id) : { username, subject: sub, kind };
  const scopes = typeof scope === "string" ? scope.split(" ") : undefined;
  return readKnown(caller, scopes, typeof exp === "number" ? exp * 1000 : null);
}

function readVerdict(verdict: unknown): Known | null {
  const { active, username, subject, kind, scopes, expiresAt } = asRecord(verdict);
  if (!isActive(active)) {
    return null;
  }
  const caller = kind === "client" ? ofClient(subject) : { username, subject, kind };
  const endsAt = typeof expiresAt === "string" ? Date.parse(expiresAt) : null;
  return readKnown(caller, Array.isArray(scopes) ? scopes.map(String) : undefined, endsAt);
}

interface Said {
  readonly username: unknown;
  readonly subject: unknown;
  readonly kind: unknown;
}

function ofClient(clientId: unknown): Said {
  const name = typeof clientId === "string" ? clientName(clientId) : undefined;
  return { username: name, subject: name, kind: "client" };
}

function readKnown(said: Said, scopes: readonly string[] | undefined, endsAt: number | null): Known {
  const { username, subject, kind } = said;
  const isWhole = typeof username === "string" && typeof subject === "string" && typeof kind === "string";
  if (!isWhole || !scopes || Number.isNaN(endsAt)) {
    throw unexpected();
  }
  const held = scopes.filter((scope) => scope !== "");
  return knownOf({ username, subject, kind }, held, endsAt);
}

function isActive(active: unknown): boolean {
  if (typeof active !== "boolean") {
    throw unexpected();
  }
  return active;
}

function asRecord(value: unknown): Answer {
  if (typeof value !== "object" || value === null) {
    throw unexpected();
  }
  return value as Answer;
}

function unexpected(): MintmarkError {
  return new MintmarkError({
    code: "unexpected_answer",
    status: 200,
    message: "What answered is not a hub.",
  });
}

function refusedService(cause: MintmarkError): MintmarkError {
  return new MintmarkError({
    code: "service_refused",
    status: cause.status,
    message:
      "The hub does not let this service ask: its credentials are wrong or ended, or may not introspect.",
    requestId: cause.requestId,
    cause,
  });
}

/** RFC 6749 §2.3.1: both are form-encoded before they become a pair. */
function basicHeader({
  clientId = "",
  clientSecret = "",
}: Exclude<ServiceCredentials, { token: unknown }>): string {
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(":");
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
