import { timingSafeEqual } from "node:crypto";
import { formatScope } from "../authority/scope.ts";
import { readScopeList } from "../authority/scope-list.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { endEvery } from "../credential/end-every.ts";
import type { Issuance } from "../credential/issue.ts";
import { auditEnds } from "../credential/revoke.ts";
import { HubError } from "../errors.ts";
import { newId } from "../ids.ts";
import { type Looked, whenKnown } from "../looked.ts";
import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";
import { drawSecret } from "../secret/format.ts";
import type { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import { AuthorizationCodes } from "./authorization-codes.ts";
import { CLIENT_MARK, type Client, type ClientFlow, HUB_CLIENT } from "./client.ts";
import { type ClientIdentity, identityOf } from "./client-authority.ts";
import { DeviceLogins } from "./device.ts";
import { builtInClient, findClient } from "./find-client.ts";
import { renewClientSecret } from "./renew-secret.ts";

export interface NewClient {
  readonly clientId?: string | undefined;
  readonly name: string;
  readonly type: "confidential" | "public";
  readonly scopes?: readonly string[] | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  readonly implicit?: boolean | undefined;
  readonly flows?: readonly ClientFlow[] | undefined;
  readonly pkceOptional?: boolean | undefined;
  readonly trustedForAddresses?: boolean | undefined;
}

const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SCOPES_MAX = 1_000;
const REDIRECT_URIS_MAX = 20;
const NAME_CODE_POINTS_MAX = 255;

/** Registered OAuth clients. */
export class Clients {
  readonly #context: HubContext;
  readonly devices: DeviceLogins;
  readonly codes: AuthorizationCodes;

  constructor(context: HubContext, issuance: Issuance) {
    this.#context = context;
    this.devices = new DeviceLogins(context, issuance);
    this.codes = new AuthorizationCodes(context, issuance);
  }

  find(id: string): Looked<Client | null> {
    return findClient(this.#context, id);
  }

  /** Whom a confidential client acts as, and what it may do; null if its service is gone. */
  identityOf(client: Client): Looked<ClientIdentity | null> {
    return identityOf(this.#context, client);
  }

  list(): Promise<readonly Client[]> {
    return this.#context.store.read.clients.list();
  }

  /**
   * The secret is shown once and is null for public clients. Throws `malformed_request`, `invalid_scope`,
   * `client_exists`.
   */
  async create(request: NewClient, caller: Caller): Promise<{ client: Client; secret: Secret | null }> {
    const { clock, entropy, keyring, store } = this.#context;
    const id = request.clientId ?? newId(clock, entropy);
    if (!CLIENT_ID.test(id)) {
      throw malformed(
        "clientId",
        "1 to 64 letters, digits, dots, underscores or dashes, a letter or digit first",
        id,
      );
    }
    if (builtInClient(id) !== null || id === HUB_CLIENT) {
      throw new HubError("client_exists");
    }
    if (request.pkceOptional === true && request.type !== "confidential") {
      throw new HubError("malformed_request", {
        field: "pkceOptional",
        explanation: "Only a confidential client can do without PKCE: its secret binds the code.",
      });
    }
    const secret = request.type === "confidential" ? drawSecret(entropy, CLIENT_MARK) : null;
    const digest = secret ? keyring.digest(secret) : null;
    const client: Client = {
      id,
      name: readName(request.name),
      type: request.type,
      scopes: readScopeList(request.scopes ?? [], { field: "scopes", max: SCOPES_MAX }),
      redirectUris: readRedirectUris(request.redirectUris ?? []),
      implicit: request.implicit ?? false,
      flows: request.flows ?? null,
      pkceOptional: request.pkceOptional ?? false,
      secretDigest: digest ? digest.bytes.toString("hex") : null,
      secretKeyVersion: digest ? digest.keyVersion : null,
      accountId: null,
      createdAt: clock.now(),
      trustedForAddresses: request.trustedForAddresses ?? false,
    };
    await store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await writes.clients.insert(client);
      await writes.audit.append({
        action: "client.create",
        actor: actorOf(caller),
        owner: null,
        credentialId: null,
        details: {
          clientId: id,
          name: client.name,
          type: client.type,
          scopes: client.scopes.map(formatScope),
          redirectUris: client.redirectUris,
          implicit: client.implicit,
          ...(client.flows === null ? {} : { flows: client.flows }),
          ...(client.pkceOptional ? { pkceOptional: true } : {}),
          trustedForAddresses: client.trustedForAddresses,
        },
      });
    });
    return { client, secret };
  }

  /** Like `renewClientSecret`. */
  renewSecret(id: string, caller: Caller): Promise<{ client: Client; secret: Secret }> {
    return renewClientSecret(this.#context, id, caller);
  }

  /** Also ends the credentials that were issued to it. Throws `not_found`. */
  async remove(id: string, caller: Caller): Promise<void> {
    const at = this.#context.clock.now();
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      if (!(await writes.clients.remove(id))) {
        throw new HubError("not_found");
      }
      const actor = actorOf(caller);
      const ended = await endEvery(writes, { clientId: id }, { at, reason: "client_deleted", note: null });
      await auditEnds(writes, ended, { reason: "client_deleted", actor });
      writes.announce({ of: "client", clientId: id });
      await writes.audit.append({
        action: "client.delete",
        actor,
        owner: null,
        credentialId: null,
        details: { clientId: id },
      });
    }, "large");
  }

  /** The confidential client that proved itself, or null: one answer for unknown, public and wrong secret. */
  authenticate(id: string, secret: Secret): Looked<Client | null> {
    return whenKnown(this.find(id), (client) => (client && this.#isSecretOf(client, secret) ? client : null));
  }

  /**
   * True if this object is what the node knows of the client now: a change makes another. Throws
   * `restored_undecided`.
   */
  isCurrent(client: Client): boolean {
    this.#context.restored.require(client.createdAt);
    return this.find(client.id) === client;
  }

  #isSecretOf(client: Client, secret: Secret): boolean {
    if (!client.secretDigest) {
      return false;
    }
    const expected = Buffer.from(client.secretDigest, "hex");
    const digests = this.#context.keyring.digests(secret);
    const isRight = digests.some(({ bytes }) => timingSafeEqual(bytes, expected));
    if (isRight) {
      this.#context.restored.require(client.createdAt);
      this.#context.keyMoves.noteClient(client, digests);
    }
    return isRight;
  }
}

function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "" || !isPlainText(trimmed, NAME_CODE_POINTS_MAX)) {
    throw malformed("name", plainText(NAME_CODE_POINTS_MAX), trimmed);
  }
  return trimmed;
}

/**
 * Absolute, without fragment (RFC 6749 §3.1.2), https except on loopback; no user info, no wildcards.
 * Compared by equality later.
 */
function readRedirectUris(uris: readonly string[]): readonly string[] {
  const sound = (text: string): boolean => {
    const url = URL.canParse(text) ? new URL(text) : null;
    const loopback = url !== null && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    const secure = url?.protocol === "https:" || (url?.protocol === "http:" && loopback);
    return (
      url !== null &&
      secure &&
      url.username === "" &&
      url.password === "" &&
      !text.includes("#") &&
      !text.includes("*")
    );
  };
  if (uris.length > REDIRECT_URIS_MAX) {
    throw malformed("redirectUris", `a list of at most ${REDIRECT_URIS_MAX}`, uris);
  }
  const at = uris.findIndex((uri) => !sound(uri));
  if (at >= 0) {
    throw malformed(
      "redirectUris",
      "https addresses, or http on loopback, without fragment, user name or wildcard",
      uris[at],
    );
  }
  return uris;
}
