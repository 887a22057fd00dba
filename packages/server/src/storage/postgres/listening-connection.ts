import pg from "pg";

const TIMEOUT_MS = 3_000;

/** The events of a listening connection. */
export interface ListeningEvents {
  notified(channel: string, payload: string): void;
  /** It broke, or the database ended it. */
  lost(error: Error): void;
}

/**
 * A connection that listens, and over which a node says what need not be durable. Queries wait for each
 * other, since the driver takes one at a time.
 */
export class ListeningConnection {
  readonly #client: pg.Client;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string, events: ListeningEvents) {
    this.#client = new pg.Client({
      connectionString: url,
      application_name: "mintmark listener",
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
    });
    this.#client.on("notification", ({ channel, payload }) => events.notified(channel, payload ?? ""));
    this.#client.on("error", (error) => events.lost(error));
    this.#client.on("end", () => events.lost(new Error("the listening connection ended")));
  }

  /** Throws the driver's error. */
  async open(channels: readonly string[]): Promise<void> {
    await this.#client.connect();
    // This connection writes only the node's sign of life, so a commit need not wait for the disk.
    await this.query("set synchronous_commit = off");
    await this.query(channels.map((channel) => `listen ${channel}`).join("; "));
  }

  /** The rows. Throws the driver's error, also when there is no answer within three seconds. */
  query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    const rows = this.#last.then(async () => (await this.#client.query<Row>(text, [...values])).rows);
    this.#last = rows.catch(() => undefined);
    return rows;
  }

  notify(channel: string, payload: string): Promise<unknown> {
    return this.query("select pg_notify($1, $2)", [channel, payload]);
  }

  /** Lets go of it, also of one that does not answer. Never rejects. */
  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}
