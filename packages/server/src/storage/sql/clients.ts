import type { Kysely } from "kysely";
import type { AuthorizationCode, Client, ClientFlow, DeviceGrant } from "../../core/client/client.ts";
import type { ClientWrites } from "../../core/client/ports.ts";
import { HubError } from "../../core/errors.ts";
import { readScopes, writeScopes } from "./credential-rows.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database, DeviceGrantsTable, OauthClientsTable } from "./schema.ts";

/** Expired device grants stay a while, so that a terminal still polling hears "expired" and not "unknown". */
const DEVICE_GRANT_KEPT_MS = 3_600_000;

export class SqlClients implements ClientWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async find(id: string): Promise<Client | null> {
    const row = await this.#db
      .selectFrom("oauth_clients")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    return row ? readClient(row) : null;
  }

  async list(): Promise<readonly Client[]> {
    const rows = await this.#db.selectFrom("oauth_clients").selectAll().orderBy("id").execute();
    return rows.map(readClient);
  }

  async insert(client: Client): Promise<void> {
    try {
      await this.#db
        .insertInto("oauth_clients")
        .values({
          id: client.id,
          name: client.name,
          type: client.type,
          scopes: writeScopes(client.scopes),
          redirect_uris: JSON.stringify(client.redirectUris),
          implicit: Number(client.implicit),
          flows: client.flows === null ? null : client.flows.join(" "),
          pkce_optional: Number(client.pkceOptional),
          secret_digest: client.secretDigest,
          secret_key_version: client.secretKeyVersion,
          account_id: client.accountId,
          created_at: client.createdAt,
          trusted_for_addresses: Number(client.trustedForAddresses),
        })
        .execute();
    } catch (error) {
      throw this.#flavour.isUniqueViolation(error) ? new HubError("client_exists", { cause: error }) : error;
    }
  }

  async remove(id: string): Promise<boolean> {
    const result = await this.#db.deleteFrom("oauth_clients").where("id", "=", id).executeTakeFirst();
    await this.#db.deleteFrom("oauth_codes").where("client_id", "=", id).execute();
    await this.#db.deleteFrom("device_grants").where("client_id", "=", id).execute();
    return result.numDeletedRows > 0n;
  }

  async insertCode(code: AuthorizationCode): Promise<void> {
    await this.#db
      .insertInto("oauth_codes")
      .values({
        digest: code.digest,
        client_id: code.clientId,
        account_id: code.accountId,
        account_epoch: code.accountEpoch,
        redirect_uri: code.redirectUri,
        scopes: writeScopes(code.scopes),
        code_challenge: code.codeChallenge,
        expires_at: code.expiresAt,
      })
      .execute();
  }

  async takeCode(digest: string): Promise<AuthorizationCode | null> {
    const row = await this.#db
      .deleteFrom("oauth_codes")
      .where("digest", "=", digest)
      .returningAll()
      .executeTakeFirst();
    return row
      ? {
          digest: row.digest,
          clientId: row.client_id,
          accountId: row.account_id,
          accountEpoch: row.account_epoch,
          redirectUri: row.redirect_uri,
          scopes: readScopes(row.scopes),
          codeChallenge: row.code_challenge,
          expiresAt: row.expires_at,
        }
      : null;
  }

  async insertDeviceGrant(grant: DeviceGrant): Promise<void> {
    await this.#db
      .insertInto("device_grants")
      .values({
        device_digest: grant.deviceDigest,
        user_code: grant.userCode,
        client_id: grant.clientId,
        scope: grant.scope,
        state: grant.state,
        account_id: grant.accountId,
        account_epoch: grant.accountEpoch,
        address: grant.address,
        agent: grant.agent,
        interval_seconds: grant.intervalSeconds,
        polled_at: grant.polledAt,
        created_at: grant.createdAt,
        expires_at: grant.expiresAt,
      })
      .execute();
  }

  async findDeviceGrant(by: { deviceDigest: string } | { userCode: string }): Promise<DeviceGrant | null> {
    const query = this.#db.selectFrom("device_grants").selectAll();
    const row = await ("deviceDigest" in by
      ? query.where("device_digest", "=", by.deviceDigest)
      : query.where("user_code", "=", by.userCode)
    ).executeTakeFirst();
    return row ? readDeviceGrant(row) : null;
  }

  async updateDeviceGrant(
    deviceDigest: string,
    change: Partial<
      Pick<DeviceGrant, "state" | "accountId" | "accountEpoch" | "polledAt" | "intervalSeconds">
    >,
  ): Promise<void> {
    await this.#db
      .updateTable("device_grants")
      .set({
        ...(change.state === undefined ? {} : { state: change.state }),
        ...(change.accountId === undefined ? {} : { account_id: change.accountId }),
        ...(change.accountEpoch === undefined ? {} : { account_epoch: change.accountEpoch }),
        ...(change.polledAt === undefined ? {} : { polled_at: change.polledAt }),
        ...(change.intervalSeconds === undefined ? {} : { interval_seconds: change.intervalSeconds }),
      })
      .where("device_digest", "=", deviceDigest)
      .execute();
  }

  async takeDeviceGrant(deviceDigest: string): Promise<DeviceGrant | null> {
    const row = await this.#db
      .deleteFrom("device_grants")
      .where("device_digest", "=", deviceDigest)
      .returningAll()
      .executeTakeFirst();
    return row ? readDeviceGrant(row) : null;
  }

  async removeExpiredCodes(now: number): Promise<void> {
    await this.#db.deleteFrom("oauth_codes").where("expires_at", "<=", now).execute();
    await this.#db
      .deleteFrom("device_grants")
      .where("expires_at", "<=", now - DEVICE_GRANT_KEPT_MS)
      .execute();
  }
}

function readClient(row: OauthClientsTable): Client {
  return {
    id: row.id,
    name: row.name,
    type: row.type as Client["type"],
    scopes: readScopes(row.scopes),
    redirectUris: JSON.parse(row.redirect_uris) as string[],
    implicit: row.implicit !== 0,
    flows: row.flows === null ? null : (row.flows.split(" ") as ClientFlow[]),
    pkceOptional: row.pkce_optional !== 0,
    secretDigest: row.secret_digest,
    secretKeyVersion: row.secret_key_version,
    accountId: row.account_id,
    createdAt: row.created_at,
    trustedForAddresses: row.trusted_for_addresses !== 0,
  };
}

function readDeviceGrant(row: DeviceGrantsTable): DeviceGrant {
  return {
    deviceDigest: row.device_digest,
    userCode: row.user_code,
    clientId: row.client_id,
    scope: row.scope,
    state: row.state as DeviceGrant["state"],
    accountId: row.account_id,
    accountEpoch: row.account_epoch,
    address: row.address,
    agent: row.agent,
    intervalSeconds: row.interval_seconds,
    polledAt: row.polled_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
