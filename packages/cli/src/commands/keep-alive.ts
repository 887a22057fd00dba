import { EXIT } from "../failure.ts";
import { dayOf } from "../moment.ts";
import type { Session } from "../session.ts";
import { allCredentials, nameOf } from "./token.ts";

/**
 * For a timer: uses the log-in that is kept, and touches each other credential that is past half of its idle
 * life. Exits with 2 if one could not be kept alive, and names it.
 */
export async function keepAlive(session: Session): Promise<number> {
  const { credentialId } = session.requireLogin();
  const client = await session.client();
  const credentials = await allCredentials(session, { state: "active" });
  const due = credentials.filter((one) => one.id !== credentialId && isPastHalf(one));
  const touched: object[] = [];
  const failed: { id: string; name: string; code: string }[] = [];
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
  session.show({ login: "used", touched, failed }, [
    `Log-in at ${session.hub} used; ${touched.length} of ${due.length} credentials that were due are kept alive.`,
    ...lines,
  ]);
  return failed.length > 0 ? EXIT.refused : EXIT.good;
}

/** True if less than half is left of the time between its last use, or its creation, and its idle expiry. */
function isPastHalf(one: {
  readonly idleExpiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
}): boolean {
  if (one.idleExpiresAt === null) {
    return false;
  }
  const begin = Date.parse(one.lastUsedAt ?? one.createdAt);
  const end = Date.parse(one.idleExpiresAt);
  return Date.now() > begin + (end - begin) / 2;
}
