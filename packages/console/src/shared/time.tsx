import { useSyncExternalStore } from "react";

const TICK_MS = 20_000;
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

let now = Date.now();
let timer: number | undefined;
const watchers = new Set<() => void>();

function tick(): void {
  now = Date.now();
  for (const watcher of watchers) {
    watcher();
  }
}

/** One timer for all; none while nothing on the page is relative to now. */
function subscribe(watcher: () => void): () => void {
  if (watchers.size === 0) {
    now = Date.now();
    timer = window.setInterval(tick, TICK_MS);
  }
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      window.clearInterval(timer);
    }
  };
}

/** The present time, updated regularly, so that relative times stay true. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

export function relative(iso: string, from: number): string {
  const seconds = (Date.parse(iso) - from) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  if (unit === "second") {
    return seconds > 0 ? "in less than a minute" : "just now";
  }
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  // A lifetime that was set to 30 days a moment ago reads "in 30 days", not 29.
  return words.format(Math.trunc(seconds / size + (seconds > 0 ? 0.02 : 0)), unit);
}

export function dateTime(iso: string): string {
  return new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

export function date(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { dateStyle: "long" });
}

/**
 * A time in the past. The page's clock is up to 20 seconds old and may differ from the server's, so a time
 * that seems to be ahead of it is now.
 */
export function RelativeTime({ at }: { readonly at: string }) {
  const from = Math.max(useNow(), Date.parse(at));
  return (
    <time dateTime={at} title={dateTime(at)}>
      {relative(at, from)}
    </time>
  );
}

/** A time that is still to come. */
export function TimeUntil({ at }: { readonly at: string }) {
  const from = useNow();
  return (
    <time dateTime={at} title={dateTime(at)}>
      {relative(at, from)}
    </time>
  );
}

/** "30d" in words. */
export function durationWords(duration: string): string {
  const [, count = "", unit = ""] = /^(\d+)([smhdw])$/.exec(duration) ?? [];
  const word = { s: "second", m: "minute", h: "hour", d: "day", w: "week" }[unit];
  return word === undefined ? duration : `${count} ${word}${count === "1" ? "" : "s"}`;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Null for `never`. */
export function durationMs(duration: string): number | null {
  const [, count, unit = ""] = /^(\d+)([smhdw])$/.exec(duration) ?? [];
  return count === undefined ? null : Number(count) * (UNIT_MS[unit] ?? 0);
}
