import { Type } from "typebox";
import type { Issued } from "../../core/credential/issue.ts";
import { HubError } from "../../core/errors.ts";
import type { Instance } from "../../core/instance/instance.ts";
import { markOf } from "../../core/secret/format.ts";
import { Secret } from "../../core/secret/secret.ts";
import { reader, readForm, readJson } from "../../http/body.ts";
import type { WireReply, WireRequest } from "../../http/dialect.ts";
import type { ZenBearer } from "./bearer.ts";

const TextOrNull = Type.Optional(Type.Union([Type.String(), Type.Null()]));
/** `account_id` and other fields of newer clients are ignored. */
const readCredentials = reader(
  Type.Object({ username: Type.String({ minLength: 1 }), password: TextOrNull, api_key: TextOrNull }),
  { strict: false },
);
const readLogin = reader(Type.Object({ username: Type.String({ minLength: 1 }), password: Type.String() }), {
  strict: false,
});
const readAnyObject = reader(Type.Record(Type.String(), Type.Unknown()), { strict: false });
const readMcspBody = reader(Type.Object({ apikey: Type.String() }), { strict: false });

export interface PasswordLogin {
  readonly username: string;
  readonly password: Secret;
}

export type Authorize = PasswordLogin | { readonly username: string; readonly key: Secret };

/**
 * Python's SDK sends the unused one of the two as null, Node's leaves it out, and IBM's curl example labels
 * the JSON as a form.
 */
export function readAuthorize(request: WireRequest): Authorize {
  const {
    username,
    password = null,
    api_key: key = null,
  } = readCredentials(readJson(request, { anyType: true }));
  if (password !== null && key === null) {
    return { username, password: new Secret(password) };
  }
  if (password === null && key !== null) {
    return { username, key: readKey(key) };
  }
  throw new HubError("malformed_request", { explanation: "Exactly one of password and api_key is needed." });
}

export function readSignIn(request: WireRequest): PasswordLogin {
  const { username, password } = readLogin(readJson(request, { anyType: true }));
  return { username, password: new Secret(password) };
}

/** What validateAuth takes: a password, or a bearer of this hub under the name of its owner. */
export type ValidateAuth = PasswordLogin | { readonly username: string; readonly bearer: Secret };

/**
 * validateAuth takes Basic, or the name with a password or with the identity provider's token (`iam-token`)
 * in headers of their own. IBM's SDKs send a Basic or nothing else with them.
 */
export function readValidateAuth({ headers, presented }: WireRequest): ValidateAuth {
  const { "iam-token": iamToken } = headers;
  if (typeof iamToken === "string" && typeof headers["username"] === "string") {
    return { username: headers["username"], bearer: new Secret(iamToken) };
  }
  if (presented) {
    if (presented.scheme !== "basic") {
      throw new HubError("unauthenticated", { detail: `validateAuth does not take ${presented.scheme}` });
    }
    return { username: presented.username, password: presented.secret };
  }
  const { username, password } = headers;
  if (typeof username !== "string" || typeof password !== "string") {
    throw new HubError("unauthenticated");
  }
  return { username, password: new Secret(password) };
}

/** The grant of the identity provider, which knows passwords alone. */
export function readIdentityToken(request: WireRequest): PasswordLogin {
  const form = readForm(request);
  const [username, password] = [form.get("username"), form.get("password")];
  if (form.get("grant_type") === null || !username || password === null) {
    throw new HubError("malformed_request", {
      explanation: "grant_type=password, username and password are needed.",
    });
  }
  if (form.get("grant_type") !== "password") {
    throw new HubError("unsupported_grant");
  }
  return { username, password: new Secret(password) };
}

const APIKEY_GRANT = "urn:ibm:params:oauth:grant-type:apikey";

/** IBM Cloud IAM's grant. `response_type`, `scope` and a client's Basic are ignored. */
export function readIamGrant(request: WireRequest): Secret {
  const form = readForm(request);
  if (form.get("grant_type") === null || form.getAll("apikey").length !== 1) {
    throw new HubError("malformed_request");
  }
  if (form.get("grant_type") !== APIKEY_GRANT) {
    throw new HubError("unsupported_grant");
  }
  return readKey(form.get("apikey") ?? "");
}

export function readMcsp(request: WireRequest): Secret {
  return readKey(readMcspBody(readJson(request, { anyType: true })).apikey);
}

/** A key read from a file brings its newline along. */
function readKey(text: string): Secret {
  const trimmed = text.trim();
  return new Secret(markOf(trimmed) === null ? text : trimmed);
}

/** The answer to authorize and signin. Pages of 5.1 show `token`, one of 5.2 `accessToken`: both. */
export function writeToken({ token }: ZenBearer): WireReply {
  const text = token.reveal();
  return { status: 200, body: { _messageCode_: "200", message: "Success", token: text, accessToken: text } };
}

export function writeValidated({ token, claims }: ZenBearer): WireReply {
  const text = token.reveal();
  return {
    status: 200,
    body: { ...claims, accessToken: text, token: text, _messageCode_: "success", message: "success" },
  };
}

export function writeIamToken({ token, claims }: ZenBearer): WireReply {
  return {
    status: 200,
    body: {
      access_token: token.reveal(),
      // IAM's own words to those who ask with a key.
      refresh_token: "not_supported",
      token_type: "Bearer",
      expires_in: claims.exp - claims.iat,
      expiration: claims.exp,
      scope: "ibm openid",
    },
  };
}

/** The identity provider's answer; its token goes to validateAuth as `iam-token`. */
export function writeIdentityToken({ token, claims }: ZenBearer): WireReply {
  return {
    status: 200,
    body: {
      access_token: token.reveal(),
      token_type: "Bearer",
      expires_in: claims.exp - claims.iat,
      scope: "openid",
    },
  };
}

export function writeMcspToken({ token, claims }: ZenBearer): WireReply {
  return {
    status: 200,
    body: { token: token.reveal(), token_type: "Bearer", expires_in: claims.exp - claims.iat },
  };
}

export function writeInstanceToken({ token }: ZenBearer): WireReply {
  return {
    status: 200,
    body: {
      _messageCode_: "success",
      message: "Success in getting instance token",
      data: { token: token.reveal() },
    },
  };
}

/** The older call's answer, with the spelling of its only field. */
export function writeOlderInstanceToken({ token }: ZenBearer): WireReply {
  return {
    status: 200,
    body: { _messageCode_: "success", message: "success", AccessToken: token.reveal() },
  };
}

const NAMES_OF_ID = ["serviceInstanceId", "serviceInstanceID"] as const;
const NAMES_OF_NAME = ["serviceInstanceDisplayname", "serviceInstanceDisplayName"] as const;

/** The instance by its id or by its display name; clients spell both fields in two ways. */
export function readOlderInstance(request: WireRequest): { readonly id: string } | { readonly name: string } {
  const body = readAnyObject(readJson(request, { anyType: true }));
  const textOf = (names: readonly string[]): string | undefined =>
    names.map((name) => body[name]).find((value) => typeof value === "string" && value !== "") as
      | string
      | undefined;
  const id = textOf(NAMES_OF_ID);
  const name = textOf(NAMES_OF_NAME);
  if (id !== undefined) {
    return { id };
  }
  if (name !== undefined) {
    return { name };
  }
  throw new HubError("malformed_request", { field: NAMES_OF_ID[0] });
}

export function writeKey({ secret, credential }: Issued): WireReply {
  return {
    status: 200,
    body: {
      apiKey: secret.reveal(),
      expire_at: credential.expiresAt === null ? null : new Date(credential.expiresAt).toISOString(),
      message: "success",
      _messageCode_: "success",
    },
  };
}

export function writeInstances(instances: readonly Instance[]): WireReply {
  return {
    status: 200,
    body: {
      service_instances: instances.map(({ id, displayName, createdAt }) => ({
        id,
        display_name: displayName,
        provision_status: "PROVISIONED",
        created_at: new Date(createdAt).toISOString(),
      })),
      total_count: instances.length,
      _messageCode_: "success",
      message: "success",
    },
  };
}
