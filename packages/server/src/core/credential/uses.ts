import type { Origin } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import type { CredentialUse, DailyUse, Door, Sources, UseSource } from "../usage/ports.ts";
import { type AddressAdvice, adviseAddresses } from "./address-advice.ts";
import { isAllowedFrom } from "./addresses.ts";
import type { Credential } from "./credential.ts";
import type { FirstUses } from "./first-uses.ts";
import type { RefusalLog } from "./refusal-log.ts";
import { isUnusedSuccessor } from "./state.ts";

const DAY_MS = 86_400_000;

export interface CutOver {
  readonly predecessor: Credential;
  readonly successor: Credential;
  /**
   * The sources from which the predecessor was used since the successor's first use, or since the rotation.
   */
  readonly stillOnTheOld: readonly UseSource[];
}

/** When, how often and from where credentials are used. */
export class CredentialUses {
  readonly #context: HubContext;
  readonly #refusals: RefusalLog;
  readonly #firstUses: FirstUses;

  constructor(context: HubContext, seen: { readonly refusals: RefusalLog; readonly firstUses: FirstUses }) {
    this.#context = context;
    this.#refusals = seen.refusals;
    this.#firstUses = seen.firstUses;
  }

  /** Notes that a credential was used. Nothing is written while the request waits. */
  record(credential: Credential, origin: Origin, door: Door = "api"): void {
    const at = this.#context.clock.now();
    this.#context.usage.record(credential, { at, address: origin.address, agent: origin.agent }, door);
    if (credential.addressTrial !== null) {
      this.#tryAddresses(credential, origin, door);
    }
    if (isUnusedSuccessor(credential)) {
      this.#firstUses.note(credential.id, at);
    }
  }

  /** Reports a use from outside of the list on trial. Introspecting services often hide the client. */
  #tryAddresses({ id, addressTrial }: Credential, origin: Origin, door: Door): void {
    if (door !== "introspection" && !isAllowedFrom({ addresses: addressTrial }, origin.address)) {
      this.#refusals.noteShownInVain(id, "trial", origin);
    }
  }

  /** The latest use, stored or still in memory. */
  latest(credential: Credential): CredentialUse | null {
    const pending = this.#context.usage.pendingUse(credential.id);
    return pending && pending.at >= (credential.lastUse?.at ?? 0) ? pending : credential.lastUse;
  }

  /** The uses of a credential for each of the last `days` days that had any; today is the last. */
  daily(credential: Credential, days: number): Promise<readonly DailyUse[]> {
    const today = Math.floor(this.#context.clock.now() / DAY_MS);
    return this.#context.store.read.usage.daily(credential.id, today - days + 1);
  }

  /** The uses of several credentials for each of the last `days` days that had any. */
  dailyOf(ids: readonly string[], days: number): Promise<readonly DailyUse[]> {
    const today = Math.floor(this.#context.clock.now() / DAY_MS);
    return this.#context.store.read.usage.dailyOf(ids, today - days + 1);
  }

  /** The addresses that a credential could be locked to, and who would be kept out by the list on trial. */
  async addressAdvice(credential: Credential): Promise<AddressAdvice> {
    return adviseAddresses(credential, await this.sources(credential), this.#context.clock.now());
  }

  /** Where a credential is used from, with the uses of this node up to now. */
  async sources(credential: Credential): Promise<Sources> {
    await this.#context.usage.flush();
    return this.#context.store.read.usage.sources(credential.id);
  }

  /**
   * Both sides of the rotation that a credential takes part in, and who still uses the old secret, with the
   * uses of this node up to now. Throws `not_found` if there is no rotation.
   */
  async cutOver(credential: Credential): Promise<CutOver> {
    await this.#context.usage.flush();
    const { read } = this.#context.store;
    const { rotation } = credential;
    const other = rotation && (await read.credentials.findById(rotation.otherId));
    if (!rotation || !other) {
      throw new HubError("not_found");
    }
    const isOld = rotation.role === "predecessor";
    const predecessor = isOld ? credential : other;
    const since = rotation.firstUsedAt ?? rotation.at;
    const { sources } = await read.usage.sources(predecessor.id);
    return {
      predecessor,
      successor: isOld ? other : credential,
      stillOnTheOld: sources.filter(({ lastAt }) => lastAt > since),
    };
  }
}
