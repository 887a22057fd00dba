import type { Kysely, Selectable } from "kysely";
import type { ExternalLink, LinkWrites, ProviderKind } from "../../core/provider/ports.ts";
import { toBuffer } from "./credential-rows.ts";
import type { Database } from "./schema.ts";

export class SqlExternalLinks implements LinkWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async find(issuer: string, subject: string): Promise<ExternalLink | null> {
    const row = await this.#db
      .selectFrom("external_links")
      .selectAll()
      .where("issuer", "=", issuer)
      .where("subject", "=", subject)
      .executeTakeFirst();
    return row ? readLink(row) : null;
  }

  async findDue(provider: ProviderKind, moment: number, limit: number): Promise<readonly ExternalLink[]> {
    let query = this.#db
      .selectFrom("external_links")
      .selectAll()
      .where("provider", "=", provider)
      .where("checked_at", "<=", moment)
      .orderBy("checked_at")
      .orderBy("account_id")
      .limit(limit);
    if (provider === "oidc") {
      query = query.where("sealed_refresh", "is not", null);
    }
    return (await query.execute()).map(readLink);
  }

  async put(link: ExternalLink): Promise<void> {
    const columns = {
      provider: link.provider,
      issuer: link.issuer,
      subject: link.subject,
      sealed_refresh: link.sealedRefresh,
      checked_at: link.checkedAt,
      failures: link.failures,
    };
    await this.#db
      .insertInto("external_links")
      .values({ account_id: link.accountId, ...columns })
      .onConflict((conflict) => conflict.column("account_id").doUpdateSet(columns))
      .execute();
  }

  async noteLogout(id: string, expiresAt: number, now: number): Promise<boolean> {
    await this.#db.deleteFrom("seen_logouts").where("expires_at", "<", now).execute();
    const result = await this.#db
      .insertInto("seen_logouts")
      .values({ id, expires_at: expiresAt })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .executeTakeFirst();
    return Number(result.numInsertedOrUpdatedRows ?? 0) > 0;
  }
}

function readLink(row: Selectable<Database["external_links"]>): ExternalLink {
  return {
    accountId: row.account_id,
    provider: row.provider as ProviderKind,
    issuer: row.issuer,
    subject: row.subject,
    sealedRefresh: row.sealed_refresh === null ? null : toBuffer(row.sealed_refresh),
    checkedAt: row.checked_at,
    failures: row.failures,
  };
}
