import type { HubContext } from "../context.ts";
import { formatDuration } from "../duration.ts";
import { HubError } from "../errors.ts";
import { malformed } from "../malformed.ts";
import type { Credential } from "./credential.ts";
import { KINDS, type Kind } from "./kinds.ts";

interface LifetimeRequest {
  readonly kind: Kind;
  readonly expiresAt?: number | undefined;
  readonly idleMs?: number | undefined;
}

/**
 * The end and the idle time of a new credential: as asked for, else as the policy has it. Throws
 * `malformed_request` for an end that has passed, `beyond_policy` for a longer life than the policy allows.
 */
export function readLifetime(
  context: HubContext,
  request: LifetimeRequest,
  now: number,
): { expiresAt: number | null; idleMs: number | null } {
  const rule = KINDS[request.kind].lifetime;
  const longest = rule.by === "fixed" ? context.policy[rule.option] : null;
  const idlest = rule.by === "idle" ? context.policy[rule.option] : null;
  const expiresAt = request.expiresAt ?? (longest === null ? null : now + longest);
  const idleMs = request.idleMs ?? idlest;
  if (
    request.expiresAt !== undefined &&
    !(Number.isSafeInteger(request.expiresAt) && request.expiresAt > now)
  ) {
    throw malformed("expiresAt", "a time in the future", new Date(request.expiresAt));
  }
  if (longest !== null && expiresAt !== null && expiresAt > now + longest) {
    throw new HubError("beyond_policy", {
      field: "expiresAt",
      explanation: `expiresAt is ${new Date(expiresAt).toISOString()}; expected at most ${formatDuration(longest)} from now, which is this hub's policy.`,
    });
  }
  if (idlest !== null && idleMs !== null && idleMs > idlest) {
    throw new HubError("beyond_policy", {
      field: "idle",
      explanation: `idle is ${formatDuration(idleMs)}; expected at most ${formatDuration(idlest)}, which is this hub's policy.`,
    });
  }
  return { expiresAt, idleMs };
}

/**
 * The life that was asked for when the credential was made, to be asked for again from `now` on; what the
 * policy gave is left out. An option that has become shorter since cuts it.
 */
export function ownLifetime(
  context: HubContext,
  { kind, createdAt, expiresAt, idleMs }: Credential,
  now: number,
): Pick<LifetimeRequest, "expiresAt" | "idleMs"> {
  const rule = KINDS[kind].lifetime;
  const longest = rule.by === "fixed" ? context.policy[rule.option] : null;
  const idlest = rule.by === "idle" ? context.policy[rule.option] : null;
  const lifeMs =
    expiresAt === null ? null : Math.min(expiresAt - createdAt, longest ?? Number.POSITIVE_INFINITY);
  return {
    expiresAt: lifeMs === null || lifeMs === longest ? undefined : now + lifeMs,
    idleMs: idleMs === null || idleMs === idlest ? undefined : Math.min(idleMs, idlest ?? idleMs),
  };
}
