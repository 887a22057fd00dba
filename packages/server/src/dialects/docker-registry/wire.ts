import { HubError } from "../../core/errors.ts";
import type { RegistryAccess } from "../../core/registry/registry-scope.ts";
import { readRegistryScopes } from "../../core/registry/registry-scope.ts";
import type { RegistryToken, RegistryTokenRequest } from "../../core/registry/registry-tokens.ts";
import { Secret } from "../../core/secret/secret.ts";
import { readForm } from "../../http/body.ts";
import type { WireRequest } from "../../http/dialect.ts";
import { isoWriter } from "../../http/iso-time.ts";

const isoTime = isoWriter();

/** `account` is ignored: docker sends the name of the log-in there, which proves nothing. */
export function readQuery({ query }: Pick<WireRequest, "query">): RegistryTokenRequest {
  return {
    service: query.get("service"),
    asked: readRegistryScopes(query.getAll("scope")),
    offline: query.get("offline_token") === "true",
  };
}

export type Grant =
  | { readonly type: "password"; readonly username: string; readonly secret: Secret }
  | { readonly type: "refresh_token"; readonly secret: Secret };

export interface TokenForm {
  readonly request: RegistryTokenRequest;
  readonly grant: Grant;
}

/**
 * The form of a POST. containers/image repeats `scope` where the protocol wants one field parted by spaces;
 * both are read.
 */
export function readTokenForm(request: WireRequest): TokenForm {
  const form = readForm(request);
  return {
    request: {
      service: form.get("service"),
      asked: readRegistryScopes(form.getAll("scope")),
      offline: form.get("access_type") === "offline",
    },
    grant: readGrant(form),
  };
}

function readGrant(form: URLSearchParams): Grant {
  const type = required(form, "grant_type");
  switch (type) {
    case "password":
      return { type, username: required(form, "username"), secret: new Secret(required(form, "password")) };
    case "refresh_token":
      return { type, secret: new Secret(required(form, "refresh_token")) };
    default:
      throw new HubError("unsupported_grant");
  }
}

function required(form: URLSearchParams, name: string): string {
  const [value, another] = form.getAll(name);
  if (value === undefined || value === "" || another !== undefined) {
    throw new HubError("malformed_request", {
      field: name,
      explanation: `The parameter ${name} must be given once.`,
    });
  }
  return value;
}

/**
 * The answers are JSON text: a token is base64url and full stops, so it is not searched for characters that
 * JSON escapes. `token` is for docker and its like, `access_token` for those that speak OAuth 2. Without
 * `expires_in` clients assume a minute.
 */
export function writeQueryReply(token: RegistryToken): string {
  return `{"token":"${token.jwt}",${writeCommon(token)}}`;
}

export function writeFormReply(token: RegistryToken): string {
  const scope = JSON.stringify(token.granted.map(writeScope).join(" "));
  return `{${writeCommon(token)},"token_type":"Bearer","scope":${scope}}`;
}

function writeCommon({ jwt, expiresInSeconds, issuedAtMs, refresh }: RegistryToken): string {
  const kept = refresh === null ? "" : `,"refresh_token":${JSON.stringify(refresh.reveal())}`;
  const issuedAt = isoTime(issuedAtMs).replace(".000Z", "Z");
  return `"access_token":"${jwt}","expires_in":${expiresInSeconds},"issued_at":"${issuedAt}"${kept}`;
}

function writeScope({ type, name, actions }: RegistryAccess): string {
  return `${type}:${name}:${actions.join(",")}`;
}
