import type { GetCredentialUsageAnswer } from "@mintmark/sdk";
import { date } from "../../shared/time.tsx";

const DAYS = 90;
const DAY_MS = 86_400_000;

/** The uses of each day as bars, with their numbers as a table for everybody who wants them. */
export function Usage({ days }: { readonly days: GetCredentialUsageAnswer["days"] }) {
  const total = days.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) {
    return <p>Not used in this time.</p>;
  }
  const most = days.reduce((best, day) => (day.count > best.count ? day : best));
  const counts = new Map(days.map(({ day, count }) => [day, count]));
  const today = Date.now();
  const all = Array.from({ length: DAYS }, (_unused, back) =>
    new Date(today - (DAYS - 1 - back) * DAY_MS).toISOString().slice(0, 10),
  );
  return (
    <figure className="mm-narrow mm-chart">
      <figcaption>
        {total} uses on {days.length} {days.length === 1 ? "day" : "days"}. Most on {date(most.day)}:{" "}
        {most.count}. Days are counted in UTC.
      </figcaption>
      <div aria-hidden="true" className="mm-usage">
        <span className="mm-usage-most">{most.count}</span>
        {all.map((day) => (
          <span
            key={day}
            className="mm-usage-day"
            title={`${date(day)}: ${counts.get(day) ?? 0}`}
            style={{ blockSize: `${((counts.get(day) ?? 0) / most.count) * 100}%` }}
          />
        ))}
      </div>
      <div aria-hidden="true" className="mm-usage-axis">
        <span>{date(all[0] ?? "")}</span>
        <span>today</span>
      </div>
      <details>
        <summary>As a table</summary>
        <table className="mm-plain-table">
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Uses</th>
            </tr>
          </thead>
          <tbody>
            {[...days].reverse().map(({ day, count }) => (
              <tr key={day}>
                <td>{date(day)}</td>
                <td>{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
