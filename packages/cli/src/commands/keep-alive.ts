import { EXIT } from "../failure.ts";
import { dayOf } from "../moment.ts";
import { failureOf, type Session } from "../session.ts";
import { allCredentials, nameOf } from "./token.ts";

interface Kept {
  readonly hub: string;
  readonly touched: readonly { readonly id: string; readonly idleExpiresAt: string | null }[];
  readonly failed: readonly { readonly id: string; readonly name: string; readonly code: string }[];
  readonly lines: readonly string[];
}

/**
 * For a timer: uses each log-in that is kept, or the one at the hub that was named, and touches each other
 * credential that is past half of its idle life. A hub that refuses or is out of reach does not keep the
 * others from their turn. Exits with 2 if a credential could not be kept alive, and names it, or with the
 * code of a hub that failed.
 */
export async function keepAlive(session: Session): Promise<number> {
  const kept: Kept[] = [];
  const failures: object[] = [];
  const lines: string[] = [];
  let exitCode: number = EXIT.good;
  for (const hub of hubsOf(session)) {
    try {
      const done = await keepAliveAt(session.at(hub));
      kept.push(done);
      lines.push(...done.lines);
    } catch (error) {
      const { code, message, advice, exitCode: failed } = failureOf(error, hub);
      exitCode = failed;
      failures.push({ hub, error: { code, message, advice } });
      lines.push(`Not kept alive: the log-in at ${hub}: ${message}${advice === null ? "" : ` → ${advice}`}`);
    }
  }
  const failed = kept.flatMap((one) => one.failed);
  session.show(
    {
      hubs: [...kept.map(({ hub }) => ({ hub, login: "used" })), ...failures],
      touched: kept.flatMap((one) => one.touched),
      failed,
    },
    lines,
  );
  return failed.length > 0 ? EXIT.refused : exitCode;
}

function hubsOf(session: Session): readonly string[] {
  const named = session.options.hub ?? session.terminal.env["MINTMARK_HUB"];
  const all = session.hosts.all().map(([hub]) => hub);
  return named || all.length === 0 ? [session.hub] : all;
}

async function keepAliveAt(session: Session): Promise<Kept> {
  const { credentialId } = session.requireLogin();
  const client = await session.client();
  const credentials = await allCredentials(session, { state: "active" });
  const due = credentials.filter((one) => one.id !== credentialId && isPastHalf(one));
  const touched: Kept["touched"][number][] = [];
  const failed: Kept["failed"][number][] = [];
  const lines: string[] = [];
  for (const one of due) {
    try {
      const { idleExpiresAt } = await client.touchCredential(one.id);
      touched.push({ id: one.id, idleExpiresAt });
      lines.push(`Kept alive: ${nameOf(one)}, until ${dayOf(idleExpiresAt ?? "")}.`);
    } catch (error) {
      const { code = "failed", message = "" } = error as { code?: string; message?: string };
      if (code === "unreachable" || code === "timeout") {
        throw error;
      }
      failed.push({ id: one.id, name: nameOf(one), code });
      lines.push(
        `Not kept alive: ${nameOf(one)}, expires ${dayOf(one.idleExpiresAt ?? "")}: ${message} (${code})`,
      );
    }
  }
  const used = `Log-in at ${session.hub} used; ${touched.length} of ${due.length} credentials that were due are kept alive.`;
  return { hub: session.hub, touched, failed, lines: [used, ...lines] };
}

/** True if less than half is left between its last use, touch or creation, and its idle expiry. */
function isPastHalf(one: {
  readonly idleExpiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly touchedAt: string | null;
  readonly createdAt: string;
}): boolean {
  if (one.idleExpiresAt === null) {
    return false;
  }
  const signsOfLife = [one.createdAt, one.lastUsedAt, one.touchedAt].map((at) =>
    Date.parse(at ?? one.createdAt),
  );
  const begin = Math.max(...signsOfLife);
  const end = Date.parse(one.idleExpiresAt);
  return Date.now() > begin + (end - begin) / 2;
}
