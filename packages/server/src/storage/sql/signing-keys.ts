import type { Kysely } from "kysely";
import type { KeyWrites } from "../../core/keys/ports.ts";
import type { KeyPurpose, KeyState, SigningKeyRecord } from "../../core/keys/signing-key.ts";
import { toBuffer } from "./credential-rows.ts";
import type { Database } from "./schema.ts";

export class SqlSigningKeys implements KeyWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async list(purpose?: KeyPurpose): Promise<readonly SigningKeyRecord[]> {
    let query = this.#db.selectFrom("signing_keys").selectAll().orderBy("id");
    if (purpose !== undefined) {
      query = query.where("purpose", "=", purpose);
    }
    return (await query.execute()).map((row) => ({
      id: row.id,
      purpose: row.purpose as KeyPurpose,
      algorithm: row.algorithm as SigningKeyRecord["algorithm"],
      state: row.state as KeyState,
      thumbprint: row.thumbprint,
      publicPem: row.public_pem,
      sealedPrivate: toBuffer(row.sealed_private),
      certificatePem: row.certificate_pem,
      createdAt: row.created_at,
      activatedAt: row.activated_at,
      retiredAt: row.retired_at,
      longestTokenMs: row.longest_token_ms,
    }));
  }

  async insert(key: SigningKeyRecord): Promise<void> {
    await this.#db
      .insertInto("signing_keys")
      .values({
        id: key.id,
        purpose: key.purpose,
        algorithm: key.algorithm,
        state: key.state,
        thumbprint: key.thumbprint,
        public_pem: key.publicPem,
        sealed_private: key.sealedPrivate,
        certificate_pem: key.certificatePem,
        created_at: key.createdAt,
        activated_at: key.activatedAt,
        retired_at: key.retiredAt,
        longest_token_ms: key.longestTokenMs,
      })
      .execute();
  }

  async update(
    id: string,
    change: Partial<Pick<SigningKeyRecord, "state" | "activatedAt" | "retiredAt" | "longestTokenMs">>,
  ): Promise<void> {
    await this.#db
      .updateTable("signing_keys")
      .set({
        ...(change.state === undefined ? {} : { state: change.state }),
        ...(change.activatedAt === undefined ? {} : { activated_at: change.activatedAt }),
        ...(change.retiredAt === undefined ? {} : { retired_at: change.retiredAt }),
        ...(change.longestTokenMs === undefined ? {} : { longest_token_ms: change.longestTokenMs }),
      })
      .where("id", "=", id)
      .execute();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom("signing_keys").where("id", "=", id).execute();
  }
}
