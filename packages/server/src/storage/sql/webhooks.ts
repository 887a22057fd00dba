import type { Kysely, Selectable } from "kysely";
import type { DeliveryChange, WebhookChange, WebhookWrites } from "../../core/webhook/ports.ts";
import type { Delivery, Webhook } from "../../core/webhook/webhook.ts";
import { toBuffer } from "./credential-rows.ts";
import type { Database } from "./schema.ts";

/** Finished deliveries that one call removes at most. */
const PURGED_MAX = 1_000;

export class SqlWebhooks implements WebhookWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async list(): Promise<readonly Webhook[]> {
    const rows = await this.#db.selectFrom("webhooks").selectAll().orderBy("id").execute();
    return rows.map(readWebhook);
  }

  async find(id: string): Promise<Webhook | null> {
    const row = await this.#db.selectFrom("webhooks").selectAll().where("id", "=", id).executeTakeFirst();
    return row ? readWebhook(row) : null;
  }

  async deliveries(webhookId: string, limit: number): Promise<readonly Delivery[]> {
    const rows = await this.#db
      .selectFrom("deliveries")
      .selectAll()
      .where("webhook_id", "=", webhookId)
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    // Ids tell the time of making, which events of one batch share; their numbers do not.
    return rows.map(readDelivery).sort((a, b) => b.createdAt - a.createdAt || (b.seq ?? 0) - (a.seq ?? 0));
  }

  async findDelivery(webhookId: string, id: string): Promise<Delivery | null> {
    const row = await this.#db
      .selectFrom("deliveries")
      .selectAll()
      .where("id", "=", id)
      .where("webhook_id", "=", webhookId)
      .executeTakeFirst();
    return row ? readDelivery(row) : null;
  }

  async webhooksWithWork(now: number, limit: number): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom("webhooks")
      .select("id")
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom("deliveries")
            .select("deliveries.id")
            .whereRef("deliveries.webhook_id", "=", "webhooks.id")
            .where("due_at", "<=", now),
        ),
      )
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async dueDeliveries(webhookId: string, now: number, limit: number): Promise<readonly Delivery[]> {
    const rows = await this.#db
      .selectFrom("deliveries")
      .selectAll()
      .where("webhook_id", "=", webhookId)
      .where("due_at", "<=", now)
      .orderBy("due_at")
      .limit(limit)
      .execute();
    return rows.map(readDelivery);
  }

  async insert(webhook: Webhook): Promise<void> {
    await this.#db
      .insertInto("webhooks")
      .values({
        id: webhook.id,
        url: webhook.url,
        events: JSON.stringify(webhook.events),
        description: webhook.description,
        state: webhook.state,
        sealed_secret: webhook.sealedSecret,
        sealed_former: webhook.former?.sealedSecret ?? null,
        former_until: webhook.former?.until ?? null,
        told_seq: webhook.toldSeq,
        created_at: webhook.createdAt,
      })
      .execute();
  }

  async update(id: string, change: WebhookChange): Promise<void> {
    const { url, events, description, state, sealedSecret, former, toldSeq } = change;
    const columns = {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events: JSON.stringify(events) }),
      ...(description === undefined ? {} : { description }),
      ...(state === undefined ? {} : { state }),
      ...(sealedSecret === undefined ? {} : { sealed_secret: sealedSecret }),
      ...(former === undefined
        ? {}
        : { sealed_former: former?.sealedSecret ?? null, former_until: former?.until ?? null }),
      ...(toldSeq === undefined ? {} : { told_seq: toldSeq }),
    };
    if (Object.keys(columns).length > 0) {
      await this.#db.updateTable("webhooks").set(columns).where("id", "=", id).execute();
    }
  }

  async remove(id: string): Promise<boolean> {
    await this.#db.deleteFrom("deliveries").where("webhook_id", "=", id).execute();
    const { numDeletedRows } = await this.#db.deleteFrom("webhooks").where("id", "=", id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async insertDelivery(delivery: Delivery): Promise<void> {
    await this.#db
      .insertInto("deliveries")
      .values({
        id: delivery.id,
        webhook_id: delivery.webhookId,
        type: delivery.type,
        seq: delivery.seq,
        body: delivery.body,
        state: delivery.state,
        status: delivery.status,
        attempt: delivery.attempt,
        ms: delivery.ms,
        due_at: delivery.dueAt,
        created_at: delivery.createdAt,
      })
      .execute();
  }

  async updateDelivery(id: string, change: DeliveryChange): Promise<void> {
    const { dueAt, ...plain } = change;
    await this.#db
      .updateTable("deliveries")
      .set({ ...plain, ...(dueAt === undefined ? {} : { due_at: dueAt }) })
      .where("id", "=", id)
      .execute();
  }

  async failPending(webhookId: string): Promise<void> {
    await this.#db
      .updateTable("deliveries")
      .set({ state: "failed", due_at: null })
      .where("webhook_id", "=", webhookId)
      .where("due_at", "is not", null)
      .execute();
  }

  async purgeDeliveries(webhookId: string, keep: number): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("deliveries")
      .where("id", "in", (inner) =>
        inner
          .selectFrom("deliveries")
          .select("id")
          .where("webhook_id", "=", webhookId)
          .where("due_at", "is", null)
          .orderBy("id", "desc")
          .limit(PURGED_MAX)
          .offset(keep),
      )
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function readWebhook(row: Selectable<Database["webhooks"]>): Webhook {
  return {
    id: row.id,
    url: row.url,
    events: JSON.parse(row.events) as Webhook["events"],
    description: row.description,
    state: row.state as Webhook["state"],
    sealedSecret: toBuffer(row.sealed_secret),
    former:
      row.sealed_former === null
        ? null
        : { sealedSecret: toBuffer(row.sealed_former), until: row.former_until ?? 0 },
    toldSeq: row.told_seq,
    createdAt: row.created_at,
  };
}

function readDelivery(row: Selectable<Database["deliveries"]>): Delivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    type: row.type as Delivery["type"],
    seq: row.seq,
    body: row.body,
    state: row.state as Delivery["state"],
    status: row.status,
    attempt: row.attempt,
    ms: row.ms,
    dueAt: row.due_at,
    createdAt: row.created_at,
  };
}
