import { AuditAllowance } from "../audit/allowance.ts";
import { type Origin, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";

/** Why a credential was refused. Never holds the presented text. */
export interface Refusal {
  readonly reason: string;
  /** The presented credential, if it is known. */
  readonly credentialId?: string | undefined;
  /** The account it was presented for, where only that is known. */
  readonly ownerId?: string | undefined;
}

/**
 * Refused credentials in the audit, as far as strangers may fill it. Wrong secrets must stay cheap whatever
 * their number.
 */
export class RefusalLog {
  readonly #context: HubContext;
  readonly #allowance: AuditAllowance;

  constructor(context: HubContext) {
    this.#context = context;
    this.#allowance = new AuditAllowance(context.clock);
  }

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
        action: "credential.refuse",
        actor: { id: null, name: "anonymous", ...origin },
        owner: owner ? ownerOf(owner) : null,
        credentialId: credential?.id ?? null,
        details: { reason, ...(credential ? { kind: credential.kind, hint: credential.hint } : {}) },
      });
    });
  }
}
