import type { Socket } from "node:net";
import type { Origin } from "../core/caller.ts";

/**
 * The origin of a request, and whether its connection is still open. A copy by `...` holds the address and
 * the agent alone.
 */
export class RequestOrigin implements Origin {
  readonly address: string | null;
  readonly agent: string | null;
  readonly #socket: Pick<Socket, "destroyed">;

  constructor(address: string | null, agent: string | null, socket: Pick<Socket, "destroyed">) {
    this.address = address;
    this.agent = agent;
    this.#socket = socket;
  }

  isGone(): boolean {
    return this.#socket.destroyed;
  }
}
