import type { Kysely } from "kysely";
import { HubError } from "../../core/errors.ts";
import type { Instance } from "../../core/instance/instance.ts";
import type { InstanceWrites } from "../../core/instance/ports.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";

export class SqlInstances implements InstanceWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async find(id: string): Promise<Instance | null> {
    const row = await this.#db.selectFrom("instances").selectAll().where("id", "=", id).executeTakeFirst();
    return row ? { id: row.id, displayName: row.display_name, createdAt: row.created_at } : null;
  }

  async list(): Promise<readonly Instance[]> {
    const rows = await this.#db.selectFrom("instances").selectAll().orderBy("id").execute();
    return rows.map((row) => ({ id: row.id, displayName: row.display_name, createdAt: row.created_at }));
  }

  async insert(instance: Instance): Promise<void> {
    try {
      await this.#db
        .insertInto("instances")
        .values({ id: instance.id, display_name: instance.displayName, created_at: instance.createdAt })
        .execute();
    } catch (error) {
      throw this.#flavour.isUniqueViolation(error)
        ? new HubError("instance_exists", { cause: error })
        : error;
    }
  }

  async remove(id: string): Promise<boolean> {
    const result = await this.#db.deleteFrom("instances").where("id", "=", id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}
