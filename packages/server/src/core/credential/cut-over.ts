import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import type { UseSource } from "../usage/ports.ts";
import type { Credential } from "./credential.ts";

export interface CutOver {
  readonly predecessor: Credential;
  readonly successor: Credential;
  /**
   * The sources from which the predecessor was used since the successor's first use, or since the rotation.
   */
  readonly stillOnTheOld: readonly UseSource[];
}

/**
 * How far the clients have moved from the old secret to the new one. Throws `not_found` if there is no
 * rotation.
 */
export async function lookAtCutOver({ store }: HubContext, credential: Credential): Promise<CutOver> {
  const { rotation } = credential;
  const other = rotation && (await store.read.credentials.findById(rotation.otherId));
  if (!rotation || !other) {
    throw new HubError("not_found");
  }
  const isOld = rotation.role === "predecessor";
  const predecessor = isOld ? credential : other;
  const since = rotation.firstUsedAt ?? rotation.at;
  const { sources } = await store.read.usage.sources(predecessor.id);
  return {
    predecessor,
    successor: isOld ? other : credential,
    stillOnTheOld: sources.filter(({ lastAt }) => lastAt > since),
  };
}
