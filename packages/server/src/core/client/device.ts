import type { Account } from "../account/account.ts";
import { addressKey } from "../address-key.ts";
import { AttemptWindow } from "../attempt-window.ts";
import { Authority } from "../authority/authority.ts";
import { formatScope, type Scope } from "../authority/scope.ts";
import { actorOf, type Caller, type Origin, ownerOf, requireAccount } from "../caller.ts";
import type { HubContext } from "../context.ts";
import type { Issuance, Issued } from "../credential/issue.ts";
import { HubError, type HubErrorCode } from "../errors.ts";
import { ask } from "../looked.ts";
import { drawSecret } from "../secret/format.ts";
import type { Secret } from "../secret/secret.ts";
import { requireClientStands, requireStanding } from "../standing.ts";
import type { Client, DeviceGrant } from "./client.ts";
import { findClient } from "./find-client.ts";

/** Device codes have a mark of their own, so that one found in a log is known for what it is. */
const DEVICE_MARK = "mmd_";
const LIFETIME_MS = 10 * 60_000;
const INTERVAL_SECONDS = 5;
/** A client that polls too fast is slowed down, and still hears the answer soon after it was given. */
const INTERVAL_SECONDS_MAX = 15;
/** RFC 8628 §3.5: each `slow_down` lengthens the interval by this much. */
const SLOW_DOWN_SECONDS = 5;
/**
 * Clients count from when the answer reached them, the hub from when it was sent; the network is not to make
 * them seem hasty.
 */
const POLL_TOLERANCE_MS = 500;
/** RFC 8628 §6.1: consonants, so that no words come about; 20^8 is 34 bits. */
const USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const USER_CODE_LENGTH = 8;
const WINDOW_MS = 15 * 60_000;
const STARTS_PER_ADDRESS_MAX = 100;
const WRONG_CODES_PER_ACCOUNT_MAX = 10;
const ENDED_AFTER_APPROVAL = "the account ended after it had approved";

export interface StartedDevice {
  readonly deviceCode: Secret;
  readonly userCode: string;
  readonly expiresInSeconds: number;
  readonly intervalSeconds: number;
}

/**
 * Log-ins by device (RFC 8628): a terminal asks, a person answers on a page, the terminal gets an offline
 * token.
 */
export class DeviceLogins {
  readonly #context: HubContext;
  readonly #issuance: Issuance;
  readonly #starts: AttemptWindow;
  readonly #wrongCodes: AttemptWindow;

  constructor(context: HubContext, issuance: Issuance) {
    this.#context = context;
    this.#issuance = issuance;
    this.#starts = new AttemptWindow(context.clock, { windowMs: WINDOW_MS, max: STARTS_PER_ADDRESS_MAX });
    this.#wrongCodes = new AttemptWindow(context.clock, {
      windowMs: WINDOW_MS,
      max: WRONG_CODES_PER_ACCOUNT_MAX,
    });
  }

  /**
   * `scopes` empty: the offline token's own. Throws `too_many_attempts` for an address that asks without end.
   */
  async start(client: Client, scopes: readonly Scope[], origin: Origin): Promise<StartedDevice> {
    const { clock, entropy, keyring, store } = this.#context;
    const address = addressKey(origin.address);
    this.#starts.check(address);
    this.#starts.note(address);
    const deviceCode = drawSecret(entropy, DEVICE_MARK);
    const now = clock.now();
    const userCode = this.#drawUserCode();
    await store.write(async (writes) => {
      await requireClientStands(writes, client);
      await writes.clients.insertDeviceGrant({
        deviceDigest: keyring.digest(deviceCode).bytes.toString("hex"),
        userCode,
        clientId: client.id,
        scope: scopes.map(formatScope).join(" "),
        state: "pending",
        accountId: null,
        accountEpoch: null,
        ...origin,
        intervalSeconds: INTERVAL_SECONDS,
        polledAt: null,
        createdAt: now,
        expiresAt: now + LIFETIME_MS,
      });
    });
    return { deviceCode, userCode, expiresInSeconds: LIFETIME_MS / 1000, intervalSeconds: INTERVAL_SECONDS };
  }

  /**
   * The pending device log-in of a code that a signed-in person typed. Throws `not_found` for a code that is
   * unknown, answered or expired, and `too_many_attempts` after some of those.
   */
  async findPending(
    typed: string,
    caller: Caller,
  ): Promise<{ readonly grant: DeviceGrant; readonly client: Client }> {
    const key = requireAccount(caller).id;
    this.#wrongCodes.check(key);
    const { clock, store } = this.#context;
    const userCode = typed.toUpperCase().replace(/[^A-Z]/g, "");
    const grant =
      userCode.length === USER_CODE_LENGTH ? await store.read.clients.findDeviceGrant({ userCode }) : null;
    const client = grant ? await ask(findClient(this.#context, grant.clientId)) : null;
    if (!grant || !client || grant.state !== "pending" || grant.expiresAt <= clock.now()) {
      this.#wrongCodes.note(key);
      throw new HubError("not_found");
    }
    return { grant, client };
  }

  /** Records the person's answer; of several answers the first counts, the others throw `not_found`. */
  async answer(typed: string, answer: "approved" | "denied", caller: Caller): Promise<Client> {
    const account = requireAccount(caller);
    const { grant, client } = await this.findPending(typed, caller);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await requireClientStands(writes, client);
      const present = await writes.clients.findDeviceGrant({ deviceDigest: grant.deviceDigest });
      if (present?.state !== "pending") {
        throw new HubError("not_found");
      }
      await writes.clients.updateDeviceGrant(grant.deviceDigest, {
        state: answer,
        accountId: account.id,
        accountEpoch: account.epoch,
      });
      await writes.audit.append({
        action: answer === "approved" ? "consent.give" : "consent.refuse",
        actor: actorOf(caller),
        owner: ownerOf(account),
        credentialId: null,
        details: { clientId: client.id, scope: grant.scope, by: "device", askedFrom: grant.address },
      });
    });
    return client;
  }

  /**
   * The offline token, once, when the person has approved. Else throws `authorization_pending`, `slow_down`,
   * `access_denied`, `expired_code`, or `invalid_grant` for a code that is unknown, used, or another
   * client's.
   */
  async redeem(
    client: Client,
    deviceCode: Secret,
    origin: Origin,
  ): Promise<Issued & { readonly account: Account }> {
    const grant = await this.#take(client, deviceCode);
    const account =
      grant.accountId === null ? null : await this.#context.store.read.accounts.findById(grant.accountId);
    // What ends everything of an account ends what it has approved as well.
    if (!account || account.disabled || account.epoch !== grant.accountEpoch) {
      throw new HubError("access_denied", { detail: ENDED_AFTER_APPROVAL });
    }
    const caller: Caller = {
      account,
      authority: Authority.NOTHING,
      proof: { by: "client", clientId: client.id, registeredAt: client.createdAt },
      origin,
    };
    const request = {
      kind: "offline_token",
      title: `${client.name} (log-in by device)`.slice(-255),
      client,
      ...(grant.scope === "" ? {} : { scopes: grant.scope.split(" ") }),
    } as const;
    try {
      return { account, ...(await this.#issuance.issue(account, request, caller)) };
    } catch (error) {
      throw error instanceof HubError && error.code === "unauthenticated"
        ? new HubError("access_denied", { detail: ENDED_AFTER_APPROVAL, cause: error })
        : error;
    }
  }

  async #take(client: Client, deviceCode: Secret): Promise<DeviceGrant> {
    const { clock, keyring, store } = this.#context;
    const digests = keyring.digests(deviceCode).map(({ bytes }) => bytes.toString("hex"));
    const known = await Promise.all(
      digests.map((deviceDigest) => store.read.clients.findDeviceGrant({ deviceDigest })),
    );
    const digest = known.find((grant) => grant?.clientId === client.id)?.deviceDigest;
    if (digest === undefined) {
      throw new HubError("invalid_grant", { explanation: "The device code is not valid here." });
    }
    // The refusals are results, since an exception would undo what they write down.
    const outcome = await store.write(async (writes): Promise<DeviceGrant | HubErrorCode> => {
      const grant = await writes.clients.findDeviceGrant({ deviceDigest: digest });
      if (!grant) {
        return "invalid_grant";
      }
      const now = clock.now();
      if (grant.expiresAt <= now) {
        return "expired_code";
      }
      if (grant.state === "pending") {
        const waitMs = grant.intervalSeconds * 1000 - POLL_TOLERANCE_MS;
        const isHasty = grant.polledAt !== null && now - grant.polledAt < waitMs;
        const longer = Math.min(grant.intervalSeconds + SLOW_DOWN_SECONDS, INTERVAL_SECONDS_MAX);
        const intervalSeconds = isHasty ? longer : grant.intervalSeconds;
        await writes.clients.updateDeviceGrant(digest, { polledAt: now, intervalSeconds });
        return isHasty ? "slow_down" : "authorization_pending";
      }
      const taken = await writes.clients.takeDeviceGrant(digest);
      return taken?.state === "approved" ? taken : taken ? "access_denied" : "invalid_grant";
    });
    if (typeof outcome === "string") {
      throw new HubError(
        outcome,
        outcome === "invalid_grant" ? { explanation: "The device code is not valid here." } : {},
      );
    }
    return outcome;
  }

  /** Uniform over the 20 letters: bytes of 240 and above are thrown away. */
  #drawUserCode(): string {
    let code = "";
    while (code.length < USER_CODE_LENGTH) {
      for (const byte of this.#context.entropy.bytes(USER_CODE_LENGTH * 2)) {
        if (byte < 240 && code.length < USER_CODE_LENGTH) {
          code += USER_CODE_LETTERS[byte % USER_CODE_LETTERS.length];
        }
      }
    }
    return code;
  }
}

/** Two groups of four are easier to carry from one screen to another. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
