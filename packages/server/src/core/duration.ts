const SECOND = 1000;
const DAY = 86_400 * SECOND;
const UNITS = { w: 7 * DAY, d: DAY, h: 3600 * SECOND, m: 60 * SECOND, s: SECOND } as const;
const SHAPE = /^([1-9][0-9]{0,9})([smhdw])$/;

/**
 * A hundred years: beyond it a time span is a slip of the keyboard, and dates stay far inside what every
 * format can hold.
 */
const DURATION_MS_MAX = 36_525 * DAY;

/** How durations are written, for the sentences that refuse one. */
export const DURATION_GRAMMAR =
  "a whole number from 1 and s, m, h, d or w (`90s`, `15m`, `12h`, `30d`, `2w`), at most 100 years";

/**
 * Milliseconds; null for `never`; undefined where the text is no duration. Whether `never` may stand is the
 * caller's question.
 */
export function parseDuration(text: string): number | null | undefined {
  if (text === "never") {
    return null;
  }
  const match = SHAPE.exec(text);
  if (!match) {
    return undefined;
  }
  const ms = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  return ms <= DURATION_MS_MAX ? ms : undefined;
}

/** The shortest text that `parseDuration` reads as the same span; a broken second counts as a whole one. */
export function formatDuration(ms: number | null): string {
  if (ms === null) {
    return "never";
  }
  const whole = Math.ceil(ms / SECOND) * SECOND;
  const [unit, size] = Object.entries(UNITS).find(([, size]) => whole % size === 0) ?? ["s", SECOND];
  return `${whole / size}${unit}`;
}
