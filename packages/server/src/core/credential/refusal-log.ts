import { AuditAllowance } from "../audit/allowance.ts";
import { BoundedMap } from "../bounded-map.ts";
import { type Origin, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import type { Ending } from "../errors.ts";
import type { Credential } from "./credential.ts";

/** Why a credential was refused. Never holds the presented text. */
export interface Refusal {
  readonly reason: string;
  /** The presented credential, if it is known. */
  readonly credentialId?: string | undefined;
  /** The account it was presented for, where only that is known. */
  readonly ownerId?: string | undefined;
}

/** The audit action of each reason for which a true secret is noted. */
const NOTED_AS = {
  rotated: "credential.reuse",
  address: "credential.refuse",
  trial: "credential.outside",
} as const;

function isNotable(reason: string): reason is keyof typeof NOTED_AS {
  return Object.hasOwn(NOTED_AS, reason);
}

const SHOWN_AGAIN_MS = 15 * 60_000;
const SHOWN_MAX = 10_000;

/**
 * Audits refused credentials, up to the limit on events that unknown callers may cause. Any number of wrong
 * secrets must stay cheap.
 */
export class RefusalLog {
  readonly #context: HubContext;
  readonly #allowance: AuditAllowance;
  readonly #shown = new BoundedMap<string, number>(SHOWN_MAX);

  constructor(context: HubContext) {
    this.#context = context;
    this.#allowance = new AuditAllowance(context.clock);
  }

  /**
   * Notes who still shows a secret that was rotated, or shows one from an address that is not allowed. Any
   * other refusal is left to `note`.
   */
  noteStillShown(
    refused: {
      readonly ending?: Ending | null | undefined;
      readonly credential?: Credential | null;
      readonly credentialId?: string | undefined;
    },
    origin: Origin,
  ): void {
    const reason = refused.ending?.reason;
    const id = refused.credential?.id ?? refused.credentialId;
    if (id !== undefined && (reason === "rotated" || reason === "address")) {
      this.noteShownInVain(id, reason, origin);
    }
  }

  /**
   * A true secret that is refused for its address, or because it was rotated, or that the list on trial would
   * refuse: an operator wants to know who still uses it. One client may show it many times a second, so each
   * credential is noted once in a while for one address. In the background: the answer does not wait for it.
   */
  noteShownInVain(credentialId: string, reason: keyof typeof NOTED_AS, origin: Origin): void {
    const key = `${credentialId} ${reason} ${origin.address}`;
    const now = this.#context.clock.now();
    if (now - (this.#shown.get(key) ?? Number.NEGATIVE_INFINITY) < SHOWN_AGAIN_MS) {
      return;
    }
    this.#shown.set(key, now);
    this.note({ reason, credentialId }, origin).catch(() => this.#shown.delete(key));
  }

  /** Writes the true reason of a refusal to the audit, as far as one address may fill it. */
  async note(refusal: Refusal, origin: Origin): Promise<void> {
    if (!this.#allowance.admits(origin.address)) {
      return;
    }
    await this.#context.store.write(async (writes) => {
      const { reason, credentialId } = refusal;
      const credential = credentialId === undefined ? null : await writes.credentials.findById(credentialId);
      const ownerId = credential?.ownerId ?? refusal.ownerId;
      const owner = ownerId === undefined ? null : await writes.accounts.findById(ownerId);
      await writes.audit.append({
        action: isNotable(reason) ? NOTED_AS[reason] : "credential.refuse",
        actor: { id: null, name: "anonymous", ...origin },
        owner: owner ? ownerOf(owner) : null,
        credentialId: credential?.id ?? null,
        details: { reason, ...(credential ? { kind: credential.kind, hint: credential.hint } : {}) },
      });
    });
  }
}
