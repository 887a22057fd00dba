import type { HubContext } from "../context.ts";
import type { Job } from "../jobs/job.ts";

const BATCH = 100;
/** The version that everything sealed was found under. */
const DONE_SETTING = "resealed";

/** Seals every sealed value anew after the master key has changed, so that an old version can be retired. */
export function resealJob(context: HubContext): Job {
  return {
    name: "reseal",
    everyMs: 5_000,
    hasWork: async () => (await context.store.read.settings.get(DONE_SETTING)) !== wanted(context),
    run: async () => {
      const done = await resealSome(context);
      if (done === 0) {
        await context.store.write((writes) => writes.settings.set(DONE_SETTING, wanted(context)));
      }
      return { done, next: done === 0 ? null : "more" };
    },
  };
}

function wanted({ keyring }: Pick<HubContext, "keyring">): string {
  return String(keyring.currentVersion);
}

/** Seals some values anew under the current version; how many there were. */
export async function resealSome({
  store,
  keyring,
  entropy,
}: Pick<HubContext, "store" | "keyring" | "entropy">): Promise<number> {
  const seals = await store.read.keyVersions.sealedUnderOther(keyring.currentVersion, BATCH);
  if (seals.length === 0) {
    return 0;
  }
  await store.write(async (writes) => {
    for (const seal of seals) {
      const plain = keyring.unseal(seal.sealed, seal.context);
      await writes.keyVersions.replace(seal, keyring.seal(plain, seal.context, entropy));
      plain.fill(0);
    }
    writes.announce({ of: "keys" });
  }, "large");
  return seals.length;
}
