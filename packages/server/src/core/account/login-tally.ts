import { NOT_AN_ADDRESS } from "../address-key.ts";
import { HubError } from "../errors.ts";
import type { LoginReads } from "./login-ports.ts";

export const FAILURES_KEPT_MS = 15 * 60_000;
/** How long an address that an account signed in from counts as known. */
export const ADDRESS_KEPT_MS = 30 * 86_400_000;
export const PER_ACCOUNT_MAX = 10;
export const PER_ADDRESS_MAX = 100;
/**
 * The most known addresses per account. Each of them, like each known browser, has ten attempts of its own.
 */
export const ADDRESSES_PER_ACCOUNT_MAX = 50;
const FAILURES_READ_MAX = PER_ACCOUNT_MAX * (ADDRESSES_PER_ACCOUNT_MAX + 1);

/** The keys that an attempt is counted by. None of them is text that a person typed. */
export interface AttemptKeys {
  /** The id of the account, or a keyed digest of a name that no account has. */
  readonly account: string;
  readonly address: string;
  /** A browser or session that is proven to belong to the account; null if there is none. */
  readonly device: string | null;
}

/** The failures that count against one attempt. Times are newest first. */
export interface Tally {
  /** Attempts of one lane share the count `failures`. */
  readonly lane: string;
  readonly failures: readonly number[];
  /** Failures from the address, for any account. */
  readonly fromAddress: readonly number[];
  /** True if the account has failed from this address or device. */
  readonly hasFailedHere: boolean;
  /** True if the attempt is refused once its address has too many failures. */
  readonly heedsAddress: boolean;
}

/** The failures in `reads` that count against an attempt at `now`. */
export async function tallyOf(reads: LoginReads, keys: AttemptKeys, now: number): Promise<Tally> {
  const since = now - FAILURES_KEPT_MS;
  // Also for unknown names: both must take the same time.
  const [all, fromAddress, signedInAt] = await Promise.all([
    reads.failuresOf(keys.account, since, FAILURES_READ_MAX),
    reads.failuresFrom(keys.address, since, PER_ADDRESS_MAX),
    reads.signedInAt(keys.account, keys.address),
  ]);
  const here = all.filter(({ address }) => address === keys.address).map(({ at }) => at);
  const { device } = keys;
  if (device !== null) {
    const failures = all.filter((failure) => failure.device === device).map(({ at }) => at);
    const hasFailedHere = failures.length > 0 || here.length > 0;
    return { lane: device, failures, fromAddress, hasFailedHere, heedsAddress: false };
  }
  const hasAddress = keys.address !== NOT_AN_ADDRESS;
  const isKnown = hasAddress && signedInAt !== null && signedInAt > now - ADDRESS_KEPT_MS;
  return {
    lane: isKnown ? `${keys.account} ${keys.address}` : keys.account,
    failures: isKnown ? here : all.map(({ at }) => at),
    fromAddress,
    hasFailedHere: here.length > 0,
    heedsAddress: hasAddress && here.length > 0,
  };
}

/** The refusal of an attempt that comes after too many wrong ones, or null. */
export function brakeOf({ failures, fromAddress, heedsAddress }: Tally, now: number): HubError | null {
  return (
    tooMany(failures, PER_ACCOUNT_MAX, now) ??
    (heedsAddress ? tooMany(fromAddress, PER_ADDRESS_MAX, now) : null)
  );
}

/** `times` newest first. The wait ends when the oldest of the latest `max` leaves the window. */
export function tooMany(times: readonly number[], max: number, now: number): HubError | null {
  const oldest = times[max - 1];
  if (oldest === undefined) {
    return null;
  }
  const waitMs = oldest + FAILURES_KEPT_MS - now;
  return new HubError("too_many_attempts", { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
}
