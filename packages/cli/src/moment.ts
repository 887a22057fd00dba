import { usageFailure } from "./failure.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of a duration such as `90s`, `12h` or `7d`. Throws a usage failure that names the option. */
export function durationMs(text: string, option: string): number {
  const [, count = "", unit = ""] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? 0);
  if (ms <= 0) {
    throw usageFailure(
      `${option} is "${text}"; a whole number from 1 and s, m, h, d or w was expected, e.g. 12h or 7d`,
    );
  }
  return ms;
}

/** A point in time as RFC 3339: from a duration counted from now, or from a date. */
export function timeFrom(text: string, option: string, now = Date.now()): string {
  if (/^\d+[a-z]$/i.test(text)) {
    return new Date(now + durationMs(text, option)).toISOString();
  }
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw usageFailure(`${option} is "${text}"; a duration (90d) or a date (2027-01-31) was expected`);
  }
  return new Date(at).toISOString();
}

/** The day of a time, as people read it. */
export function dayOf(time: string): string {
  return time.slice(0, 10);
}

const DAY_MS = 86_400_000;

/** `in 5 days`, `today`, `3 days ago`. */
export function distance(time: string, now = Date.now()): string {
  const days = Math.floor((Date.parse(time) - now) / DAY_MS);
  if (days === 0) {
    return "within a day";
  }
  const count = days > 0 ? days : -days;
  const words = `${count} day${count === 1 ? "" : "s"}`;
  return days > 0 ? `in ${words}` : `${words} ago`;
}
