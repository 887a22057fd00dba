import { HmacSha256 } from "../secret/hmac.ts";
import type { Keyring } from "../secret/keyring.ts";
import type { Store } from "../store.ts";
import type { Entropy } from "../world.ts";
import { type AuditMac, SYSTEM } from "./events.ts";

/** Set by the migration of a store whose events have hashes without a key. */
const SETTING = "audit-seal";
const PENDING = "pending";
const KEY_BYTES = 32;
/** What the sealed key is bound to, as the list of sealed columns has it. */
const CONTEXT = "audit-key/1";

interface Parts {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly entropy: Entropy;
}

/**
 * Gives the audit log its key, which is stored sealed under the master key, so that rotating the master key
 * does not change it. Events of an earlier version have hashes without a key; the first start after the
 * update seals them with an event `audit.seal`, whose keyed hash covers the hash of the last of them and so
 * everything before. Later events without a key are refused by the check, so this happens once. Throws if the
 * master key is another one.
 */
export async function keyAudit(parts: Parts): Promise<AuditMac> {
  const { store, keyring } = parts;
  const sealed = (await store.read.audit.sealedKey()) ?? (await makeKey(parts));
  const key = keyring.unseal(sealed, CONTEXT);
  const hmac = new HmacSha256(key, 0);
  const mac = (text: string) => Buffer.from(hmac.digest(text), "latin1").toString("hex");
  store.keyAudit(mac);
  if ((await store.read.settings.get(SETTING)) === PENDING) {
    await sealEarlier(store);
  }
  return mac;
}

/** Of several nodes that start at once, one makes the key. */
function makeKey({ store, keyring, entropy }: Parts): Promise<Buffer> {
  return store.write(async (writes) => {
    const present = await writes.audit.sealedKey();
    if (present) {
      return present;
    }
    const sealed = keyring.seal(entropy.bytes(KEY_BYTES), CONTEXT, entropy);
    await writes.audit.insertSealedKey(sealed);
    return sealed;
  });
}

async function sealEarlier(store: Store): Promise<void> {
  await store.write(async (writes) => {
    if ((await writes.settings.get(SETTING)) !== PENDING) {
      return;
    }
    const { seq } = await writes.audit.append({
      action: "audit.seal",
      actor: SYSTEM,
      owner: null,
      credentialId: null,
      details: { reason: "events before this one have hashes without a key" },
    });
    await writes.settings.set(SETTING, String(seq));
  });
}
