import pg from "pg";

/** The connections over which nodes listen, seen from the database's side: its processes. */
export class Listeners {
  readonly #url: string;

  constructor(databaseUrl: string) {
    this.#url = databaseUrl;
  }

  /** Process ids, ascending. */
  async pids(): Promise<readonly number[]> {
    const rows = await this.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'mintmark listener' and datname = current_database()",
    );
    return rows.map(({ pid }) => pid).sort((a, b) => a - b);
  }

  /** Ends these connections, or all. */
  async cut(pids?: readonly number[]): Promise<void> {
    await this.query("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", [
      pids ?? (await this.pids()),
    ]);
  }

  /**
   * Lets these connections stand but be silent; only on a server that is the test's own. Resolves with what
   * thaws them.
   */
  static freeze(pids: readonly number[]): () => void {
    for (const pid of pids) {
      process.kill(pid, "SIGSTOP");
    }
    return () => {
      for (const pid of pids) {
        process.kill(pid, "SIGCONT");
      }
    };
  }

  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }
}
