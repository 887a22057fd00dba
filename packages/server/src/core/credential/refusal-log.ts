import { BoundedMap } from "../bounded-map.ts";
import { type Origin, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";

/** Why a credential was not taken. Never holds what was presented. */
export interface Refusal {
  readonly reason: string;
  /** The one that was presented, where it is known. */
  readonly credentialId?: string | undefined;
  /** The account it was presented for, where only that is known. */
  readonly ownerId?: string | undefined;
}

const WINDOW_MS = 15 * 60_000;
const PER_ADDRESS_MAX = 100;
/** Bounds the memory that many addresses can claim. */
const ADDRESSES_MAX = 10_000;

/**
 * Refused credentials in the audit. Wrong secrets must stay cheap whatever their number, and an audit that strangers can fill hides what
 * matters: so one address writes at most 100 in 15 minutes. The server's log has them all.
 */
export class RefusalLog {
  readonly #context: HubContext;
  readonly #counts = new BoundedMap<string, { readonly since: number; count: number }>(ADDRESSES_MAX);

  constructor(context: HubContext) {
    this.#context = context;
  }

  async note(refusal: Refusal, origin: Origin): Promise<void> {
    if (!this.#admits(origin.address ?? "unknown")) {
      return;
    }
    await this.#context.store.write(async (writes) => {
      const { reason, credentialId } = refusal;
      const credential = credentialId === undefined ? null : await writes.credentials.findById(credentialId);
      const ownerId = credential?.ownerId ?? refusal.ownerId;
      const owner = ownerId === undefined ? null : await writes.accounts.findById(ownerId);
      await writes.audit.append({
        action: "credential.refuse",
        actor: { id: null, name: "anonymous", ...origin },
        owner: owner ? ownerOf(owner) : null,
        credentialId: credential?.id ?? null,
        details: { reason, ...(credential ? { kind: credential.kind, hint: credential.hint } : {}) },
      });
    });
  }

  #admits(address: string): boolean {
    const now = this.#context.clock.now();
    const known = this.#counts.get(address);
    if (known && now - known.since < WINDOW_MS) {
      known.count += 1;
      return known.count <= PER_ADDRESS_MAX;
    }
    this.#counts.set(address, { since: now, count: 1 });
    return true;
  }
}
