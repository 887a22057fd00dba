import { type Credential, type CredentialKind, pagesOf } from "@mintmark/sdk";
import { isSecret } from "@mintmark/sdk/verifier";
import { refusal, usageFailure } from "../failure.ts";
import { KINDS } from "../kinds.ts";
import { dayOf, distance, durationMs, timeFrom } from "../moment.ts";
import type { Session } from "../session.ts";
import { tableOf } from "../table.ts";
import { style } from "../terminal.ts";

const EVERYTHING = ["*:*:*"];
const LISTED_MAX = 10_000;

export interface CreateOptions {
  readonly kind: string;
  readonly title?: string;
  readonly scope?: readonly string[];
  readonly expires?: string;
  readonly idle?: string;
  readonly instance?: string;
  readonly note?: string;
  readonly address?: readonly string[];
  readonly owner?: string;
}

/** Creates a credential; its secret is shown once. */
export async function createToken(session: Session, options: CreateOptions): Promise<void> {
  const kind = readKind(options.kind);
  if (options.idle !== undefined) {
    durationMs(options.idle, "--idle");
  }
  const client = await session.client();
  const { scope, expires, idle, instance, title, note, address, owner } = options;
  const scopes = scope ?? (kind === "personal_token" ? EVERYTHING : undefined);
  const { credential, secret } = await client.createCredential({
    kind,
    ...(title === undefined ? {} : { title }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(expires === undefined ? {} : { expiresAt: timeFrom(expires, "--expires") }),
    ...(idle === undefined ? {} : { idle }),
    ...(instance === undefined ? {} : { instance }),
    ...(note === undefined ? {} : { note }),
    ...(address === undefined ? {} : { addresses: address }),
    ...(owner === undefined ? {} : { owner }),
  });
  if (kind === "personal_token" && scope === undefined) {
    session.say("It may do everything that you may. Narrow the next one with --scope.");
  }
  showSecret(session, { credential, secret }, "Created");
}

export interface ListOptions {
  readonly kind?: string;
  readonly state?: string;
  readonly all?: true;
}

export async function listTokens(session: Session, options: ListOptions): Promise<void> {
  const credentials = await allCredentials(session, {
    ...(options.kind === undefined ? {} : { kind: readKind(options.kind) }),
    ...(options.all === true ? {} : { state: options.state ?? "active" }),
  });
  session.show(credentials, linesOf(session, credentials));
}

/** One's own credentials, all pages of them. */
export async function allCredentials(
  session: Session,
  filter: { readonly kind?: string; readonly state?: string } = {},
): Promise<readonly Credential[]> {
  const client = await session.client();
  const found: Credential[] = [];
  const pages = pagesOf((cursor) =>
    client.listCredentials({ ...filter, limit: 200, ...(cursor === undefined ? {} : { cursor }) }),
  );
  for await (const page of pages) {
    found.push(...page.credentials);
    if (found.length >= LISTED_MAX) {
      break;
    }
  }
  return found;
}

export function linesOf(session: Session, credentials: readonly Credential[]): readonly string[] {
  if (credentials.length === 0) {
    return ["No credentials."];
  }
  const rows = credentials.map((one) => [
    one.id,
    one.kind,
    one.title ?? "",
    one.hint,
    one.state,
    endOf(one) === null ? "never" : dayOf(endOf(one) ?? ""),
    one.lastUsedAt === null ? "never" : dayOf(one.lastUsedAt),
  ]);
  const { stdout } = session.terminal;
  const width = stdout.isTTY === true ? (stdout.columns ?? 80) : undefined;
  return tableOf(["ID", "KIND", "TITLE", "HINT", "STATE", "EXPIRES", "LAST USED"], rows, width);
}

/** When it expires if nobody uses it from now on; null for never. */
export function endOf(credential: Credential): string | null {
  const ends = [credential.expiresAt, credential.idleExpiresAt].filter((end) => end !== null);
  return ends.sort()[0] ?? null;
}

export async function showToken(session: Session, name: string): Promise<void> {
  const credential = await findToken(session, name);
  session.show(credential, detailsOf(credential));
}

function detailsOf(credential: Credential): readonly string[] {
  const { frozen, rotation } = credential;
  const end = endOf(credential);
  const pairs: readonly (readonly [string, string | null])[] = [
    ["Id", credential.id],
    ["Kind", credential.kind],
    ["Title", credential.title],
    ["Note", credential.note],
    ["Hint", credential.hint],
    ["Owner", credential.owner],
    ["State", credential.state],
    ["Permissions", credential.scopes.join(" ")],
    ["Addresses", credential.addresses?.join(", ") ?? null],
    ["Created", credential.createdAt],
    ["Expires", end === null ? "never" : `${end} (${distance(end)})`],
    ["Last used", credential.lastUsedAt ?? "never"],
    ["Last used from", credential.lastUsedFrom],
    ["Frozen", frozen && `since ${frozen.at} by ${frozen.by}${frozen.reason ? ` (${frozen.reason})` : ""}`],
    ["Rotation", rotation && `${rotation.role}, ${rotation.mode}, other ${rotation.otherId}`],
    ["Revoked", credential.revokedAt && `${credential.revokedAt} (${credential.revokedReason ?? ""})`],
  ];
  return pairs.flatMap(([name, value]) =>
    value === null || value === "" ? [] : [`${`${name}:`.padEnd(16)}${value}`],
  );
}

export interface RotateOptions {
  readonly old?: string;
  readonly title?: string;
  readonly expires?: string;
}

/** Rotates a credential: `--old now`, `timed:24h`, `first_use[:7d]` or `quiet:2h[:14d]`. */
export async function rotateToken(session: Session, name: string, options: RotateOptions): Promise<void> {
  const old = options.old === undefined ? undefined : readOld(options.old);
  const { id } = await findToken(session, name);
  const client = await session.client();
  const rotated = await client.rotateCredential(id, {
    ...(old === undefined ? {} : { old }),
    ...(options.title === undefined ? {} : { title: options.title }),
    ...(options.expires === undefined ? {} : { expiresAt: timeFrom(options.expires, "--expires") }),
  });
  showSecret(session, rotated, "Rotated");
}

function readOld(text: string) {
  const [mode = "", first, second, ...rest] = text.split(":");
  if (rest.length === 0 && mode === "now" && first === undefined) {
    return { mode } as const;
  }
  if (mode === "timed" && first !== undefined && second === undefined) {
    durationMs(first, "--old");
    return { mode, for: first } as const;
  }
  if (mode === "first_use" && second === undefined) {
    return { mode, ...(first === undefined ? {} : { deadline: first }) } as const;
  }
  if (mode === "quiet" && first !== undefined && rest.length === 0) {
    return { mode, for: first, ...(second === undefined ? {} : { deadline: second }) } as const;
  }
  throw usageFailure(
    `--old is "${text}"; one of now, timed:24h, first_use, first_use:7d, quiet:2h, quiet:2h:14d was expected`,
  );
}

export async function freezeToken(
  session: Session,
  name: string,
  options: { readonly reason?: string; readonly until?: string },
): Promise<void> {
  const { id } = await findToken(session, name);
  const client = await session.client();
  const credential = await client.freezeCredential(id, {
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.until === undefined ? {} : { until: timeFrom(options.until, "--until") }),
  });
  session.show(credential, [`Frozen: ${nameOf(credential)}.`]);
}

export async function thawToken(session: Session, name: string): Promise<void> {
  const { id } = await findToken(session, name);
  const credential = await (await session.client()).thawCredential(id, {});
  session.show(credential, [`Active again: ${nameOf(credential)}.`]);
}

export async function revokeToken(
  session: Session,
  name: string,
  options: { readonly reason?: string },
): Promise<void> {
  const credential = await findToken(session, name);
  const client = await session.client();
  await client.revokeCredential(
    credential.id,
    options.reason === undefined ? {} : { reason: options.reason },
  );
  session.show({ id: credential.id, state: "revoked" }, [`Revoked: ${nameOf(credential)}.`]);
}

/** The credential of that id, or the only one of that title that is active or frozen. */
async function findToken(session: Session, name: string): Promise<Credential> {
  if (isSecret(name)) {
    throw usageFailure(
      "This is a secret, and arguments can be read by every user of the machine",
      "Give the id or the title; mintmark token list shows them. Rotate this secret.",
    );
  }
  const client = await session.client();
  try {
    return await client.getCredential(name);
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "not_found") {
      throw error;
    }
  }
  const titled = (await allCredentials(session)).filter(
    ({ title, state }) => title === name && (state === "active" || state === "frozen"),
  );
  const [only, ...others] = titled;
  if (only === undefined || others.length > 0) {
    throw refusal(
      only === undefined ? "not_found" : "ambiguous",
      only === undefined
        ? `No credential of yours has the id or the title "${name}"`
        : `${titled.length} credentials have the title "${name}"`,
      "Run mintmark token list for the ids.",
    );
  }
  return only;
}

/** On a terminal the secret stands in a sentence; elsewhere it stands alone, so that it can be piped on. */
function showSecret(
  session: Session,
  answer: { readonly credential: Credential; readonly secret: string },
  what: string,
): void {
  const { credential, secret } = answer;
  const end = endOf(credential);
  const note = `${what} ${nameOf(credential)}; expires ${end === null ? "never" : `${dayOf(end)} (${distance(end)})`}.`;
  if (session.options.json === true || session.terminal.stdout.isTTY !== true) {
    session.say(note);
    session.show(answer, [secret]);
    return;
  }
  session.show(answer, [
    note,
    "",
    style(session.terminal, "bold", secret),
    "",
    "It is shown once: keep it now.",
  ]);
}

export function nameOf({ kind, title, hint }: Pick<Credential, "kind" | "title" | "hint">): string {
  return `${kind}${title === null ? "" : ` "${title}"`} (${hint})`;
}

export function readKind(text: string): CredentialKind {
  const kind = KINDS.find((one) => one === text);
  if (kind === undefined) {
    throw usageFailure(`--kind is "${text}"; one of ${KINDS.join(", ")} was expected`);
  }
  return kind;
}
