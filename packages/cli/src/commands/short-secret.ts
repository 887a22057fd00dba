import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CreateCredentialBody } from "@mintmark/sdk";
import { readPrivate, writePrivate } from "../files/private-file.ts";
import type { Session } from "../session.ts";

const LIFE_MS = 3_600_000;
/** A secret that was kept is handed out again only while a third of its life is left. */
const KEPT_MS = (LIFE_MS * 2) / 3;

interface Short {
  readonly secret: string;
  readonly credentialId: string;
  readonly expiresAt: number;
}

/**
 * A credential of one hour, made in the name of the log-in. It is kept in the run-time folder, so that a
 * client that asks its helper at every step makes one and not a hundred. Throws the refusal of a log-in that
 * has ended, even while a credential that it made is still good.
 */
export async function shortSecret(
  session: Session,
  purpose: string,
  body: Omit<CreateCredentialBody, "expiresAt">,
): Promise<Short> {
  await session.exchange();
  const path = pathOf(session, purpose);
  const kept = readShort(path);
  if (kept !== null && kept.expiresAt - LIFE_MS + KEPT_MS > Date.now() && (await isGood(session, kept))) {
    return kept;
  }
  const expiresAt = Date.now() + LIFE_MS;
  const { credential, secret } = await (await session.client()).createCredential({
    ...body,
    expiresAt: new Date(expiresAt).toISOString(),
  });
  const short: Short = { secret, credentialId: credential.id, expiresAt };
  writePrivate(path, JSON.stringify(short));
  return short;
}

/** Forgets the credential that was kept for this purpose, and ends it if the hub can be reached. */
export async function endShortSecret(session: Session, purpose: string): Promise<void> {
  const path = pathOf(session, purpose);
  const kept = readShort(path);
  rmSync(path, { force: true });
  if (kept !== null) {
    const client = await session.client();
    await client.revokeCredential(kept.credentialId).catch(() => undefined);
  }
}

/** A secret that was revoked meanwhile is not handed out: the reason would then be the service's. */
async function isGood(session: Session, { secret }: Short): Promise<boolean> {
  return (await (await session.anonymous()).checkSecret({ secret })).active;
}

function readShort(path: string): Short | null {
  try {
    return JSON.parse(readPrivate(path) ?? "null") as Short | null;
  } catch {
    return null;
  }
}

/** Of one log-in at one hub: another person's log-in never gets this one's secret. */
function pathOf(session: Session, purpose: string): string {
  const { terminal, hub } = session;
  const { credentialId } = session.requireLogin();
  const uid = process.getuid?.() ?? 0;
  const folder = join(terminal.env["XDG_RUNTIME_DIR"] || join(tmpdir(), `mintmark-${uid}`), "mintmark");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = JSON.stringify([hub, credentialId, purpose]);
  return join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`);
}
