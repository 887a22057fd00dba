import type { CredentialKind, GetStatisticsAnswer } from "@mintmark/sdk";
import { Link } from "react-router";

type Counts = GetStatisticsAnswer["credentials"];

const DAY_MS = 86_400_000;
const NUMBER = new Intl.NumberFormat("en");

interface Situation {
  readonly name: keyof Counts;
  readonly title: string;
  /** The filter of the list that has as many rows. */
  readonly filter: (countedAt: number) => Readonly<Record<string, string>>;
}

const SITUATIONS: readonly Situation[] = [
  { name: "active", title: "Active", filter: () => ({ state: "active" }) },
  { name: "frozen", title: "Frozen", filter: () => ({ state: "frozen" }) },
  {
    name: "usedLastDay",
    title: "Used in 24 hours",
    filter: (at) => ({ state: "active", usedSince: inDays(at, -1) }),
  },
  { name: "neverUsed", title: "Never used", filter: () => ({ state: "active", neverUsed: "true" }) },
  {
    name: "unused90Days",
    title: "Not used for 90 days",
    filter: (at) => ({ state: "active", unusedSince: inDays(at, -90) }),
  },
  {
    name: "expiring7Days",
    title: "Expires in 7 days",
    filter: (at) => ({ state: "active", expiresBy: inDays(at, 7), sort: "expires" }),
  },
  {
    name: "expiring30Days",
    title: "Expires in 30 days",
    filter: (at) => ({ state: "active", expiresBy: inDays(at, 30), sort: "expires" }),
  },
];

/** Every number leads to the list that it counts. */
export function CredentialNumbers({
  statistics: { countedAt, credentials },
  list = "/admin/credentials",
  withZeros = true,
}: {
  readonly statistics: GetStatisticsAnswer;
  /** The path of the list. */
  readonly list?: string;
  readonly withZeros?: boolean;
}) {
  const at = Date.parse(countedAt);
  return (
    <ul className="mm-numbers">
      {SITUATIONS.filter(({ name }) => withZeros || credentials[name] > 0).map((situation) => (
        <li key={situation.name}>
          <Link to={`${list}?${new URLSearchParams(situation.filter(at))}`}>
            <strong>{NUMBER.format(credentials[situation.name])}</strong> <span>{situation.title}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The same by kind. */
export function KindNumbers({
  statistics: { countedAt, kinds },
  nameOf,
}: {
  readonly statistics: GetStatisticsAnswer;
  readonly nameOf: (kind: CredentialKind) => string;
}) {
  const at = Date.parse(countedAt);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="mm-scroll" tabIndex={0} aria-label="Credentials by kind">
      <table className="mm-numbers-table">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            {SITUATIONS.map(({ name, title }) => (
              <th key={name} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {kinds.map((counts) => (
            <tr key={counts.kind}>
              <th scope="row">{nameOf(counts.kind)}</th>
              {SITUATIONS.map((situation) => (
                <td key={situation.name}>
                  <Link
                    to={`/admin/credentials?${new URLSearchParams({ ...situation.filter(at), kind: counts.kind })}`}
                    aria-label={`${NUMBER.format(counts[situation.name])}: ${nameOf(counts.kind)}, ${situation.title.toLowerCase()}`}
                  >
                    {NUMBER.format(counts[situation.name])}
                  </Link>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function inDays(at: number, days: number): string {
  return new Date(at + days * DAY_MS).toISOString();
}
