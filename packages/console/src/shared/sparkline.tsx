import type { Credential } from "@mintmark/sdk";
import { hub, useHub } from "./hub.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
const WIDTH = 90;
const HEIGHT = 20;

/** The uses of each day, by credential. */
export type Uses = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The daily uses of a page of credentials; empty until they are here. */
export function useUses(credentials: readonly Credential[]): Uses {
  const ids = credentials.slice(0, 50).map(({ id }) => id);
  const { data } = useHub(
    ["credentials", "uses", ids],
    (signal) => hub.getUsageOfMany({ ids: ids.join(","), days: DAYS }, { signal }),
    { enabled: ids.length > 0 },
  );
  return new Map(
    (data?.credentials ?? []).map(({ id, days }) => [
      id,
      new Map(days.map(({ day, count }) => [day, count])),
    ]),
  );
}

/** The uses of 30 days as a small picture; its name says the number. */
export function Sparkline({ days }: { readonly days: ReadonlyMap<string, number> | undefined }) {
  if (days === undefined) {
    return null;
  }
  const counts = lastDays().map((day) => days.get(day) ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const most = Math.max(1, ...counts);
  const step = WIDTH / DAYS;
  const words = total === 1 ? "1 use in 30 days" : `${total} uses in 30 days`;
  return (
    <svg className="mm-sparkline" width={WIDTH} height={HEIGHT} role="img" aria-label={words}>
      <title>{words}</title>
      {counts.map((count, place) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: the place is the day
          key={place}
          x={place * step}
          width={step - 1}
          y={HEIGHT - Math.max(1, (count / most) * HEIGHT)}
          height={Math.max(1, (count / most) * HEIGHT)}
        />
      ))}
    </svg>
  );
}

/** UTC, as the hub counts. */
function lastDays(): readonly string[] {
  const now = Date.now();
  return Array.from({ length: DAYS }, (_, back) =>
    new Date(now - (DAYS - 1 - back) * DAY_MS).toISOString().slice(0, 10),
  );
}
