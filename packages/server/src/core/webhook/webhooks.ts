import type { AuditAction } from "../audit/events.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { EVENT_TYPES } from "../events/event-types.ts";
import { isId, newId } from "../ids.ts";
import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";
import { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { drawSigningSecret } from "./signature.ts";
import type { Delivery, Webhook, WebhookEvent } from "./webhook.ts";

export interface NewWebhook {
  readonly url: string;
  readonly events: readonly string[];
  readonly description?: string | null | undefined;
}

export interface WebhookPatch {
  readonly url?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly description?: string | null | undefined;
  readonly state?: "active" | "disabled" | undefined;
}

const WEBHOOKS_MAX = 100;
const URL_LENGTH_MAX = 2_000;
const DESCRIPTION_CODE_POINTS_MAX = 500;
/** How long the secret before a rotation still signs. */
const FORMER_SIGNS_MS = 24 * 3_600_000;
/** How many deliveries are shown and kept. */
export const DELIVERIES_KEPT = 100;

/** Registers receivers of events, and shows and repeats what is delivered to them. */
export class Webhooks {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  list(): Promise<readonly Webhook[]> {
    return this.#context.store.read.webhooks.list();
  }

  /** Throws `not_found`. */
  async get(id: string): Promise<Webhook> {
    const webhook = isId(id) ? await this.#context.store.read.webhooks.find(id) : null;
    if (!webhook) {
      throw new HubError("not_found");
    }
    return webhook;
  }

  /**
   * Makes a webhook, which hears of events from now on. Throws `malformed_request`, `address_not_allowed`.
   */
  async create(request: NewWebhook, caller: Caller): Promise<{ webhook: Webhook; secret: Secret }> {
    const { clock, entropy, store } = this.#context;
    const events = readEvents(request.events);
    await this.#checkUrl(request.url);
    checkDescription(request.description);
    const id = newId(clock, entropy);
    const secret = drawSigningSecret(entropy);
    const webhook = await store.write(async (writes) => {
      if ((await writes.webhooks.list()).length >= WEBHOOKS_MAX) {
        throw new HubError("too_many", { explanation: `At most ${WEBHOOKS_MAX} webhooks may exist.` });
      }
      const made = {
        id,
        url: request.url,
        events,
        description: request.description ?? null,
        state: "active" as const,
        sealedSecret: this.#seal(id, secret),
        former: null,
        toldSeq: await this.#audit(writes, "webhook.create", { id, url: request.url }, caller, { events }),
        createdAt: clock.now(),
      };
      await writes.webhooks.insert(made);
      return made;
    });
    return { webhook, secret };
  }

  /** Throws `not_found`, `malformed_request`, `address_not_allowed`. */
  async update(id: string, patch: WebhookPatch, caller: Caller): Promise<Webhook> {
    await this.get(id);
    const events = patch.events === undefined ? undefined : readEvents(patch.events);
    if (patch.url !== undefined) {
      await this.#checkUrl(patch.url);
    }
    checkDescription(patch.description);
    return this.#change(id, async (writes, webhook) => {
      const change = {
        ...(patch.url === undefined ? {} : { url: patch.url }),
        ...(events === undefined ? {} : { events }),
        ...(patch.description === undefined ? {} : { description: patch.description }),
        ...(patch.state === undefined ? {} : { state: patch.state }),
      };
      const { url: _, ...plain } = change;
      const seq = await this.#audit(writes, "webhook.update", { ...webhook, ...change }, caller, plain);
      if (patch.state === "disabled") {
        await writes.webhooks.failPending(id);
      }
      // Events from while it was disabled are not delivered afterwards.
      const resumes = patch.state === "active" && webhook.state === "disabled";
      await writes.webhooks.update(id, resumes ? { ...change, toldSeq: seq } : change);
    });
  }

  /** Throws `not_found`. */
  async remove(id: string, caller: Caller): Promise<void> {
    const webhook = await this.get(id);
    await this.#context.store.write(async (writes) => {
      if (!(await writes.webhooks.remove(id))) {
        throw new HubError("not_found");
      }
      await this.#audit(writes, "webhook.delete", webhook, caller, {});
    }, "large");
  }

  /**
   * A new signing secret. The present one signs as well for a day; one before that no longer does. Throws
   * `not_found`.
   */
  async rotateSecret(id: string, caller: Caller): Promise<{ webhook: Webhook; secret: Secret }> {
    await this.get(id);
    const { clock, entropy } = this.#context;
    const secret = drawSigningSecret(entropy);
    const webhook = await this.#change(id, async (writes, present) => {
      const former = { sealedSecret: present.sealedSecret, until: clock.now() + FORMER_SIGNS_MS };
      await writes.webhooks.update(id, { sealedSecret: this.#seal(id, secret), former });
      await this.#audit(writes, "webhook.rotate_secret", present, caller, {});
    });
    return { webhook, secret };
  }

  /** Sends a `webhook.test` to it, even if it does not subscribe to that event. Throws `not_found`. */
  async test(id: string, caller: Caller): Promise<Delivery> {
    await this.get(id);
    const { clock, entropy, store } = this.#context;
    const now = clock.now();
    const type = "webhook.test";
    const delivery: Delivery = {
      id: newId(clock, entropy),
      webhookId: id,
      type,
      seq: null,
      body: JSON.stringify({ type, timestamp: new Date(now).toISOString(), data: {} }),
      state: "pending",
      status: null,
      attempt: 0,
      ms: null,
      dueAt: now,
      createdAt: now,
    };
    await store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await writes.webhooks.insertDelivery(delivery);
    });
    return delivery;
  }

  /** The newest ones, newest first. Throws `not_found`. */
  async deliveries(id: string): Promise<readonly Delivery[]> {
    await this.get(id);
    return this.#context.store.read.webhooks.deliveries(id, DELIVERIES_KEPT);
  }

  /** Sends a delivery again, under the same id. Throws `not_found`. */
  async redeliver(id: string, deliveryId: string, caller: Caller): Promise<Delivery> {
    const { clock, store } = this.#context;
    return store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const isKnown = isId(id) && isId(deliveryId);
      const found = isKnown ? await writes.webhooks.findDelivery(id, deliveryId) : null;
      if (!found) {
        throw new HubError("not_found");
      }
      const change = { state: "pending" as const, attempt: 0, dueAt: clock.now() };
      await writes.webhooks.updateDelivery(found.id, change);
      return { ...found, ...change };
    });
  }

  /** The secrets that sign for it now, the newest first. */
  signingSecrets(webhook: Webhook): readonly Secret[] {
    const { id, sealedSecret, former } = webhook;
    const isFormerGood = former !== null && former.until > this.#context.clock.now();
    return [sealedSecret, ...(isFormerGood ? [former.sealedSecret] : [])].map(
      (sealed) => new Secret(this.#context.keyring.unseal(sealed, sealingContext(id)).toString()),
    );
  }

  async #change(id: string, work: (writes: Writes, present: Webhook) => Promise<void>): Promise<Webhook> {
    return this.#context.store.write(async (writes) => {
      const present = await writes.webhooks.find(id);
      if (!present) {
        throw new HubError("not_found");
      }
      await work(writes, present);
      return (await writes.webhooks.find(id)) ?? present;
    }, "large");
  }

  /** Records the change for a caller that still stands. Returns the number of the audit event. */
  async #audit(
    writes: Writes,
    action: AuditAction,
    { id, url }: Pick<Webhook, "id" | "url">,
    caller: Caller,
    details: Readonly<Record<string, unknown>>,
  ): Promise<number> {
    await requireStanding(this.#context, writes, caller);
    // Paths and queries of webhook URLs are often secrets, so the log has the origin alone.
    const { seq } = await writes.audit.append({
      action,
      actor: actorOf(caller),
      owner: null,
      credentialId: null,
      details: { webhook: id, origin: new URL(url).origin, ...details },
    });
    return seq;
  }

  #seal(id: string, secret: Secret): Buffer {
    const { keyring, entropy } = this.#context;
    return keyring.seal(Buffer.from(secret.reveal()), sealingContext(id), entropy);
  }

  async #checkUrl(url: string): Promise<void> {
    const verdict =
      url.length > URL_LENGTH_MAX ? "malformed" : await this.#context.outgoing.webhooks.judge(url);
    if (verdict === "malformed") {
      throw malformed("url", `an http or https address of at most ${URL_LENGTH_MAX} characters`, url);
    }
    if (verdict === "address_not_allowed") {
      throw new HubError("address_not_allowed", { field: "url" });
    }
  }
}

function sealingContext(webhookId: string): string {
  return `webhook/${webhookId}`;
}

function readEvents(texts: readonly string[]): readonly WebhookEvent[] {
  const known: readonly string[] = ["*", ...EVENT_TYPES];
  const unknown = texts.find((text) => !known.includes(text));
  if (texts.length === 0 || unknown !== undefined) {
    throw malformed("events", `some of ${known.join(", ")}`, unknown ?? texts);
  }
  return [...new Set(texts)] as WebhookEvent[];
}

function checkDescription(description: string | null | undefined): void {
  if (!isPlainText(description ?? "", DESCRIPTION_CODE_POINTS_MAX)) {
    throw malformed("description", plainText(DESCRIPTION_CODE_POINTS_MAX), description);
  }
}
