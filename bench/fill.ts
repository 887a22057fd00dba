import { ADMIN_PASSWORD } from "../e2e/server.ts";
import type { Account } from "../packages/server/src/core/account/account.ts";
import { actorOf, ownerOf } from "../packages/server/src/core/caller.ts";
import { type Credential, UNTOUCHED } from "../packages/server/src/core/credential/credential.ts";
import { KINDS } from "../packages/server/src/core/credential/kinds.ts";
import { newId } from "../packages/server/src/core/ids.ts";
import { drawSecret, hintOf } from "../packages/server/src/core/secret/format.ts";
import { Keyring } from "../packages/server/src/core/secret/keyring.ts";
import type { Secret } from "../packages/server/src/core/secret/secret.ts";
import type { Store } from "../packages/server/src/core/store.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { MASTER_KEY, NOBODY, openHub } from "./hub.ts";

const OWNERS = 100;
/** Rows in one transaction. */
const BATCH = 2_000;

type FilledKind = "personal_token" | "offline_token";

/**
 * Creates a data directory with that many credentials and returns their secrets. Each has the row and the
 * audit event of an issued one, through the store's own writes, but thousands share a commit. A server reads
 * it with `MASTER_KEY`; there is an administrator too.
 */
export async function fillWithCredentials(
  directory: string,
  count: number,
  kind: FilledKind,
): Promise<readonly string[]> {
  const { server, store, remove } = await openHub({ directory });
  const { accounts } = server.hub;
  await accounts.bootstrap(ADMIN_PASSWORD);
  const owners = await Promise.all(
    Array.from({ length: OWNERS }, (_, at) =>
      accounts.create({ username: `user${at}`, role: "member" }, NOBODY),
    ),
  );
  const secrets: string[] = [];
  while (secrets.length < count) {
    const size = Math.min(BATCH, count - secrets.length);
    const batch = Array.from({ length: size }, (_, at) => draw(owners[at % OWNERS] as Account, kind));
    await insert(store, batch);
    secrets.push(...batch.map(({ secret }) => secret.reveal()));
  }
  await remove();
  return secrets;
}

interface Drawn {
  readonly owner: Account;
  readonly secret: Secret;
  readonly credential: Credential;
}

const keyring = Keyring.of(MASTER_KEY);

function draw(owner: Account, kind: FilledKind): Drawn {
  const rules = KINDS[kind];
  const secret = drawSecret(systemEntropy, rules.mark);
  const { bytes, keyVersion } = keyring.digest(secret);
  const credential: Credential = {
    id: newId(systemClock, systemEntropy),
    kind,
    ownerId: owner.id,
    title: "bench",
    scopes: rules.defaultScopes ?? [],
    instance: null,
    clientId: null,
    hint: hintOf(secret),
    digest: bytes,
    digestKeyVersion: keyVersion,
    createdAt: systemClock.now(),
    expiresAt: null,
    idleMs: rules.lifetime.by === "idle" ? 30 * 86_400_000 : null,
    lastUse: null,
    end: null,
    sealedSecret: null,
    ...UNTOUCHED,
  };
  return { owner, secret, credential };
}

function insert(store: Store, batch: readonly Drawn[]): Promise<void> {
  return store.write(async (writes) => {
    for (const { owner, credential } of batch) {
      await writes.credentials.insert(credential, { slot: null, expiresOwn: false, idleOwn: false });
      await writes.audit.append({
        action: "credential.issue",
        actor: actorOf(NOBODY),
        owner: ownerOf(owner),
        credentialId: credential.id,
        details: { kind: credential.kind, title: credential.title, hint: credential.hint },
      });
    }
  });
}
