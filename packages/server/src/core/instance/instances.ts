import type { Actor } from "../audit/events.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import { formatScope } from "../authority/scope.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { endEvery } from "../credential/end-every.ts";
import { instanceScope } from "../credential/kinds.ts";
import { auditEnds } from "../credential/revoke.ts";
import { HubError } from "../errors.ts";
import { ask } from "../looked.ts";
import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { changeTeamGrants } from "../team/teams.ts";
import { INSTANCE_ID_FORM, type Instance, isInstanceId } from "./instance.ts";

const DISPLAY_NAME_CODE_POINTS_MAX = 255;

/** Service instances: registered by administrators, seen by those who may use them. */
export class Instances {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** Throws `malformed_request`, `instance_exists`. */
  async create(
    request: { readonly id: string; readonly displayName: string },
    caller: Caller,
  ): Promise<Instance> {
    const displayName = request.displayName.trim();
    if (!isInstanceId(request.id)) {
      throw malformed("id", INSTANCE_ID_FORM, request.id);
    }
    if (displayName === "" || !isPlainText(displayName, DISPLAY_NAME_CODE_POINTS_MAX)) {
      throw malformed("displayName", plainText(DISPLAY_NAME_CODE_POINTS_MAX), displayName);
    }
    const instance = { id: request.id, displayName, createdAt: this.#context.clock.now() };
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await writes.instances.insert(instance);
      await writes.audit.append({
        action: "instance.create",
        actor: actorOf(caller),
        owner: null,
        credentialId: null,
        details: { instance: instance.id, displayName },
      });
    });
    return instance;
  }

  /**
   * Also ends its instance keys and removes the grants that name it, so that a later instance of the same id
   * starts without users. Throws `not_found`.
   */
  async remove(id: string, caller: Caller): Promise<void> {
    const at = this.#context.clock.now();
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      if (!(await writes.instances.remove(id))) {
        throw new HubError("not_found");
      }
      const actor = actorOf(caller);
      const ended = await endEvery(writes, { instance: id }, { at, reason: "instance_deleted", note: null });
      await auditEnds(writes, ended, { reason: "instance_deleted", actor });
      await removeGrantsOn(writes, id, actor);
      await writes.audit.append({
        action: "instance.delete",
        actor,
        owner: null,
        credentialId: null,
        details: { instance: id },
      });
    }, "large");
  }

  list(): Promise<readonly Instance[]> {
    return this.#context.store.read.instances.list();
  }

  /** Those that the caller's account may use. */
  async listFor(caller: Caller): Promise<readonly Instance[]> {
    const all = await this.#context.store.read.instances.list();
    if (!caller.account) {
      return [];
    }
    const held = new Authority([
      accountScopes(caller.account, await ask(this.#context.index.authenticatedGrants())),
    ]);
    return all.filter((instance) => held.permits(instanceScope(instance.id)));
  }

  /**
   * The instance if the caller's account may use it; throws `not_found` for an unknown one and for one
   * without a grant.
   */
  async usableBy(caller: Caller, id: string): Promise<Instance> {
    const found = (await this.listFor(caller)).find((instance) => instance.id === id);
    if (!found) {
      throw new HubError("not_found");
    }
    return found;
  }
}

async function removeGrantsOn(writes: Writes, id: string, actor: Actor): Promise<void> {
  const { type } = instanceScope(id);
  for (const team of await writes.teams.withGrantOn(type, id)) {
    const kept = team.grants.filter((grant) => grant.type !== type || grant.name !== id);
    await changeTeamGrants(writes, team, kept, actor);
  }
  for (const account of await writes.accounts.withGrantOn(type, id)) {
    const kept = account.grants.filter((grant) => grant.type !== type || grant.name !== id);
    await writes.accounts.setGrants(account.id, kept);
    writes.announce({ of: "account", accountId: account.id });
    await writes.audit.append({
      action: "grant.update",
      actor,
      owner: ownerOf(account),
      credentialId: null,
      details: { before: account.grants.map(formatScope), after: kept.map(formatScope) },
    });
  }
}
