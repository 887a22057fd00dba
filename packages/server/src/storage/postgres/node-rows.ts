import { type Node, newNode } from "../sql/node-answer.ts";
import type { ListeningConnection } from "./listening-connection.ts";

/**
 * A row that was not touched for so long is of a node that ended without a word. A node that trusts what it
 * remembers has touched its row within the last 3.2 s (TOUCH_INTERVAL_MS, a beat's interval and TRUST_MS);
 * the rest is for a database whose clock is set forward.
 */
const LIVING_MS = 10_000;
const FORGOTTEN_MS = 3_600_000;

/** A node, and when it last touched its row, on this node's monotonic clock. */
export interface LivingNode extends Node {
  readonly seenAt: number;
}

/** The table `nodes`: each node updates its own row. */
export class NodeRows {
  readonly self = newNode();
  readonly #keyVersions: () => string;
  readonly #startedAt = Date.now();
  #others: readonly LivingNode[] = [];

  constructor(keyVersions: () => string) {
    this.#keyVersions = keyVersions;
  }

  /** The other active nodes as they were when somebody last looked. */
  get others(): readonly LivingNode[] {
    return this.#others;
  }

  /** Shows that this node lives, and forgets those that are long gone. */
  async touch(connection: ListeningConnection): Promise<void> {
    await connection.query(TOUCH, [this.self.id, this.self.name, this.#startedAt, this.#keyVersions()]);
    await connection.query(FORGET, [FORGOTTEN_MS]);
  }

  async look(connection: ListeningConnection): Promise<readonly LivingNode[]> {
    const rows = await connection.query<Node & { unseen: string }>(LIVING, [this.self.id, LIVING_MS]);
    const now = performance.now();
    this.#others = rows.map(({ id, name, unseen }) => ({ id, name, seenAt: now - Number(unseen) }));
    return this.#others;
  }

  async leave(connection: ListeningConnection): Promise<void> {
    await connection.query("delete from nodes where id = $1", [this.self.id]);
  }
}

/** By the clock of the database, which is the same for all nodes. */
const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

const TOUCH = `
  insert into nodes (id, url, started_at, seen_at, key_versions) values ($1, $2, $3, ${NOW}, $4)
  on conflict (id) do update set seen_at = excluded.seen_at, key_versions = excluded.key_versions`;

const FORGET = `delete from nodes where seen_at < ${NOW} - $1::bigint`;

const LIVING = `
  select id, url as name, ${NOW} - seen_at as unseen from nodes
  where id <> $1 and seen_at > ${NOW} - $2::bigint order by started_at, id`;
