import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import pg from "pg";
import type { Change } from "../../core/ports.ts";
import { readChanges } from "./change-words.ts";

export const CHANGES_CHANNEL = "mintmark_changes";

const BEAT_INTERVAL_MS = 200;
/**
 * How long after sending the last beat that came back this node trusts what it remembers. The promise is one second; the rest is for the
 * answer that is under way.
 * @internal exported for tests
 */
export const TRUST_MS = 800;
/** A beat that is out for so long will not come back on this connection. */
const BEAT_TIMEOUT_MS = 2_500;
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_DELAY_MS = 100;
const SEEN_INTERVAL_MS = 2_000;

/** On both clocks: the monotonic one stands still while a virtual machine is paused, the wall clock can be set back. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * What other nodes changed, over one connection of its own. PostgreSQL delivers notifications to a listener in the order of their commits,
 * whatever their channel. So when a beat that this node sent comes back to it, it has heard of every change that was committed before the
 * beat was sent; and no clock of another machine is needed to know how old its knowledge is.
 */
export class ChangeFeed {
  readonly id = randomBytes(8).toString("hex");
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  readonly #beatChannel = `mintmark_beat_${this.id}`;
  readonly #listeners: ((change: Change) => void)[] = [];
  readonly #startedAt = Date.now();
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #beats = 0;
  /** The beat that is out, if one is. */
  #out: { readonly payload: string; readonly sent: Moment } | null = null;
  /** When the last beat that came back had been sent. */
  #heard: Moment | null = null;
  #seenAt = 0;
  #busy = false;

  constructor(url: string, onError: (error: Error) => void) {
    this.#url = url;
    this.#onError = onError;
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves when it listens. Throws the driver's error when it cannot; later it tries again by itself. */
  async start(): Promise<void> {
    await this.#connect();
    this.#timer = setInterval(() => this.#tick(), BEAT_INTERVAL_MS);
    this.#timer.unref();
    this.#tick();
  }

  /** Has this node heard of every change but those of the last moment? */
  hears(): boolean {
    return this.#heard !== null && ageMs(this.#heard) < TRUST_MS;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#heard = null;
    if (this.#timer) {
      clearInterval(this.#timer);
    }
    const client = this.#client;
    this.#client = null;
    if (client) {
      await client.query("delete from nodes where id = $1", [this.id]).catch(() => undefined);
      await client.end().catch(() => undefined);
    }
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "mintmark listener",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on("notification", ({ channel, payload }) => this.#take(client, channel, payload ?? ""));
    client.on("error", (error) => this.#lose(client, error));
    client.on("end", () => this.#lose(client, new Error("the listening connection ended")));
    try {
      await client.connect();
      // What this connection writes is only that the node lives, so nobody need wait for the disk.
      await client.query("set synchronous_commit = off");
      await client.query(`listen ${CHANGES_CHANNEL}`);
      await client.query(`listen ${this.#beatChannel}`);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    if (this.#closed) {
      await client.end();
      return;
    }
    this.#client = client;
    this.#out = null;
    this.#busy = false;
    this.#seenAt = 0;
    // Whatever was changed while nobody listened was not heard of.
    this.#tell({ of: "everything" });
  }

  #tick(): void {
    const client = this.#client;
    if (!client || this.#closed) {
      return;
    }
    if (this.#out && ageMs(this.#out.sent) > BEAT_TIMEOUT_MS) {
      this.#lose(client, new Error("the database gives no sign of life"));
    } else if (!this.#out && !this.#busy) {
      this.#busy = true;
      this.#beat(client).then(
        () => {
          this.#busy = client === this.#client ? false : this.#busy;
        },
        (error: Error) => this.#lose(client, error),
      );
    }
  }

  async #beat(client: pg.Client): Promise<void> {
    this.#beats += 1;
    const payload = String(this.#beats);
    this.#out = { payload, sent: now() };
    await client.query("select pg_notify($1, $2)", [this.#beatChannel, payload]);
    if (this.#seenAt === 0 || performance.now() - this.#seenAt > SEEN_INTERVAL_MS) {
      this.#seenAt = performance.now();
      await client.query(SEEN, [this.id, `${hostname()}:${process.pid}`, this.#startedAt]);
      await client.query(GONE);
    }
  }

  #take(client: pg.Client, channel: string, payload: string): void {
    if (client !== this.#client) {
      return;
    }
    if (channel === CHANGES_CHANNEL) {
      for (const change of readChanges(payload)) {
        this.#tell(change);
      }
    } else if (this.#out?.payload === payload) {
      this.#heard = this.#out.sent;
      this.#out = null;
    }
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) {
      listener(change);
    }
  }

  /** Lets go of a connection and makes another, again and again until one stands. */
  #lose(client: pg.Client, error: Error): void {
    if (client !== this.#client || this.#closed) {
      return;
    }
    this.#client = null;
    this.#heard = null;
    this.#onError(error);
    client.end().catch(() => undefined);
    this.#reconnect();
  }

  #reconnect(): void {
    const timer = setTimeout(() => {
      if (!this.#closed) {
        this.#connect().catch(() => this.#reconnect());
      }
    }, RECONNECT_DELAY_MS);
    timer.unref();
  }
}

const SEEN = `
  insert into nodes (id, url, started_at, seen_at)
  values ($1, $2, $3, (extract(epoch from clock_timestamp()) * 1000)::bigint)
  on conflict (id) do update set seen_at = excluded.seen_at`;

/** Nodes that ended without a word. */
const GONE = `delete from nodes where seen_at < (extract(epoch from clock_timestamp()) * 1000)::bigint - 3600000`;

function now(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

function ageMs(moment: Moment): number {
  return Math.max(performance.now() - moment.monotonic, Date.now() - moment.wall);
}
