import { setTimeout as delay } from "node:timers/promises";
import type { Change } from "../../core/store.ts";
import { BARRIER_CHANNEL, Barriers } from "./barriers.ts";
import { readChanges } from "./change-words.ts";
import { ListeningConnection } from "./listening-connection.ts";
import { NodeRows } from "./node-rows.ts";

export const CHANGES_CHANNEL = "mintmark_changes";

const BEAT_INTERVAL_MS = 200;
/**
 * How long after sending the last beat that came back this node trusts what it remembers. The promise is one
 * second; the rest is for the answer that is under way.
 * @internal exported for tests
 */
export const TRUST_MS = 800;
/** A beat that is out for so long will not come back on this connection. */
const BEAT_TIMEOUT_MS = 2_500;
const RECONNECT_DELAY_MS = 100;
const TOUCH_INTERVAL_MS = 2_000;
const LEAVE_TIMEOUT_MS = 1_000;

/**
 * On both clocks: the monotonic one stands still while a virtual machine is paused, the wall clock can be set
 * back.
 */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * The changes that other nodes made, over one dedicated connection. PostgreSQL delivers notifications to a
 * listener in the order of their commits, whatever their channel. When a beat that this node sent comes back,
 * the node has therefore heard of every change that was committed before the beat; no other machine's clock
 * is needed to know how old its knowledge is.
 */
export class ChangeFeed {
  readonly nodes: NodeRows;
  readonly barriers: Barriers;
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  readonly #beatChannel: string;
  readonly #listeners: ((change: Change) => void)[] = [];
  #connection: ListeningConnection | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #beats = 0;
  /** The beat that is out, if one is. */
  #out: { readonly payload: string; readonly sent: Moment } | null = null;
  /** When the last beat that came back on this connection had been sent. */
  #heard: Moment | null = null;
  /** Stays true whatever happens to the connection. */
  #lastHeard = now();
  #touched = now();
  #busy = false;

  constructor(url: string, onError: (error: Error) => void, keyVersions: () => string) {
    this.nodes = new NodeRows(keyVersions);
    this.barriers = new Barriers(this.nodes);
    this.#beatChannel = `mintmark_beat_${this.nodes.self.id}`;
    this.#url = url;
    this.#onError = onError;
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Resolves once it listens. Throws the driver's error if the first attempt fails; later failures are
   * retried.
   */
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

  /** How long ago this node last knew of every change. */
  ageMs(): number {
    return ageMs(this.#lastHeard);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#heard = null;
    this.barriers.close();
    if (this.#timer) {
      clearInterval(this.#timer);
    }
    const connection = this.#connection;
    this.#connection = null;
    if (connection) {
      await this.#leave(connection);
    }
  }

  /** Signs off where the database still answers; a row left behind is soon forgotten. */
  async #leave(connection: ListeningConnection): Promise<void> {
    const leaving = this.nodes.leave(connection).catch(() => undefined);
    await Promise.race([leaving, delay(LEAVE_TIMEOUT_MS, undefined, { ref: false })]);
    await connection.close();
  }

  async #connect(): Promise<void> {
    const connection = new ListeningConnection(this.#url, {
      notified: (channel, payload) => this.#take(connection, channel, payload),
      lost: (error) => this.#lose(connection, error),
    });
    try {
      await connection.open([
        CHANGES_CHANNEL,
        this.#beatChannel,
        BARRIER_CHANNEL,
        this.barriers.answerChannel,
      ]);
      await this.#touch(connection);
    } catch (error) {
      void connection.close();
      throw error;
    }
    if (this.#closed) {
      await this.#leave(connection);
      return;
    }
    this.#connection = connection;
    this.#out = null;
    this.#busy = false;
    // Changes made while this node did not listen were missed.
    this.#tell({ of: "everything" });
    this.barriers.join(connection);
  }

  #tick(): void {
    const connection = this.#connection;
    if (!connection || this.#closed) {
      return;
    }
    this.barriers.beat();
    if (this.#out && ageMs(this.#out.sent) > BEAT_TIMEOUT_MS) {
      this.#lose(connection, new Error("the database gives no sign of life"));
    } else if (!this.#out && !this.#busy) {
      this.#busy = true;
      this.#beat(connection).then(
        () => {
          this.#busy = connection === this.#connection ? false : this.#busy;
        },
        (error: Error) => this.#lose(connection, error),
      );
    }
  }

  async #beat(connection: ListeningConnection): Promise<void> {
    if (ageMs(this.#touched) > TOUCH_INTERVAL_MS) {
      await this.#touch(connection);
    }
    if (connection !== this.#connection) {
      return;
    }
    this.#beats += 1;
    const payload = String(this.#beats);
    this.#out = { payload, sent: now() };
    await connection.notify(this.#beatChannel, payload);
  }

  /** Before the beat, so that a node that trusts what it remembers always has a row that the others see. */
  async #touch(connection: ListeningConnection): Promise<void> {
    const began = now();
    await this.nodes.touch(connection);
    await this.nodes.look(connection);
    this.#touched = began;
  }

  #take(connection: ListeningConnection, channel: string, payload: string): void {
    if (connection !== this.#connection) {
      return;
    }
    if (channel === CHANGES_CHANNEL) {
      for (const change of readChanges(payload)) {
        this.#tell(change);
      }
    } else if (channel === BARRIER_CHANNEL) {
      this.barriers.takeBarrier(payload);
    } else if (channel === this.barriers.answerChannel) {
      this.barriers.takeAnswer(payload);
    } else if (this.#out?.payload === payload) {
      this.#heard = this.#out.sent;
      this.#lastHeard = this.#out.sent;
      this.#out = null;
    }
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) {
      listener(change);
    }
  }

  /** Lets go of a connection and makes another, again and again until one stands. */
  #lose(connection: ListeningConnection, error: Error): void {
    if (connection !== this.#connection || this.#closed) {
      return;
    }
    this.#connection = null;
    this.#heard = null;
    this.barriers.part();
    this.#onError(error);
    void connection.close();
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

function now(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

function ageMs(moment: Moment): number {
  return Math.max(performance.now() - moment.monotonic, Date.now() - moment.wall);
}
