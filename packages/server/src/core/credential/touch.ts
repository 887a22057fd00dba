import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { requireStanding } from "../standing.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential } from "./credential.ts";
import { findManaged } from "./manage.ts";
import { lastUsedAt, presentEnd } from "./present-end.ts";
import { isFrozen } from "./state.ts";

/** How often in a row a credential may be kept alive without a real use: disuse is to end it at some time. */
const TOUCHES_MAX = 3;

/** Keeps credentials from expiring for lack of use. */
export class KeepAlive {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * Moves the idle end as a use would, without counting as one. An administrator who is not the
   * owner may not. Throws `forbidden` if the operator does not allow it, `not_found`, `credential_ended`,
   * `credential_frozen`, `no_idle_life`, `touch_limit`.
   */
  async touch(id: string, caller: Caller): Promise<Credential> {
    if (this.#context.policy.touch === "forbid") {
      throw new HubError("forbidden", {
        explanation: "This hub does not let credentials be kept alive without a use.",
      });
    }
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const { credential, manager } = await findManaged(writes, id, caller);
      if (manager === "administrator") {
        throw new HubError("not_found");
      }
      const now = this.#context.clock.now();
      if (await presentEnd(this.#context, writes.credentials, credential)) {
        throw new HubError("credential_ended");
      }
      if (isFrozen(credential, now)) {
        throw new HubError("credential_frozen");
      }
      if (credential.idleMs === null) {
        throw new HubError("no_idle_life");
      }
      const touches = touchesSinceUse(this.#context, credential) + 1;
      if (touches > TOUCHES_MAX) {
        throw new HubError("touch_limit", {
          explanation: `It was kept alive ${TOUCHES_MAX} times without being used. Only a use extends it now.`,
        });
      }
      const change = { idleFrom: now, touchedAt: now, touches };
      await writes.credentials.change(credential.id, change);
      await auditChange(writes, credential, {
        action: "credential.touch",
        actor: actorOf(caller),
        details: { touches },
      });
      return { ...credential, ...change };
    });
  }
}

function touchesSinceUse(context: HubContext, credential: Credential): number {
  const wasUsedSince = (lastUsedAt(context, credential) ?? 0) > (credential.touchedAt ?? 0);
  return wasUsedSince ? 0 : credential.touches;
}
