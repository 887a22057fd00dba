import type { Credential } from "../credential/credential.ts";
import type { Change } from "../store.ts";

/**
 * The changes that were heard of since a bulk read began. What they concern may have been read before the
 * change, so it must not be cached; all else that was read is true.
 */
export class ChangesMeanwhile {
  readonly #credentials = new Set<string>();
  readonly #owners = new Set<string>();
  #isEverything = false;

  note(change: Change): void {
    if (change.of === "credential") {
      this.#credentials.add(change.id);
    } else if (change.of === "owner") {
      this.#owners.add(change.accountId);
    } else if (change.of === "everything") {
      this.#isEverything = true;
    }
  }

  concern({ id, ownerId }: Credential): boolean {
    return this.#isEverything || this.#credentials.has(id) || this.#owners.has(ownerId);
  }
}
