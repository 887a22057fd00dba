import { Type } from "typebox";
import type { Caller } from "../../core/caller.ts";
import { allowedFrom } from "../../core/credential/allowed-from.ts";
import type { Credential } from "../../core/credential/credential.ts";
import type { Rotated, RotateRequest } from "../../core/credential/rotate.ts";
import { FIRST_USE, type OldPlan, QUIET_DEADLINE_MS } from "../../core/credential/rotation-plan.ts";
import { refuseInactive } from "../../core/credential/verify.ts";
import { DURATION_GRAMMAR, parseDuration } from "../../core/duration.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { malformed } from "../../core/malformed.ts";
import type { Receipt } from "../../core/receipt/receipt.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireReply, type WireRequest } from "../../http/dialect.ts";
import { appliedHeader } from "../../http/receipt.ts";
import { MAKE_SECRETS } from "./access.ts";
import { CredentialView, viewCredential } from "./credential-view.ts";
import type { RouteDescription } from "./route-description.ts";
import { RotateBody, readTime } from "./wire.ts";

const readBody = reader(RotateBody, { strict: true });

const RotatedAnswer = Type.Object({
  credential: CredentialView,
  secret: Type.String(),
  predecessor: CredentialView,
});

export function rotationRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "POST",
      path: `${base}/credentials/:id/rotate`,
      access: MAKE_SECRETS,
      description: {
        id: "rotateCredential",
        summary:
          "Create a successor; its secret is in this answer and is never shown again. Repeated before the successor is used, the call gives it another secret, and the earlier one no longer works",
        tag: "credentials",
        body: RotateBody,
        status: 201,
        answer: RotatedAnswer,
        refusals: [400, 401, 403, 404, 409],
      } satisfies RouteDescription,
      read: (request): RotateRequest => ({
        id: request.params.id ?? "",
        ...readRotation(request),
        proof: "owner",
      }),
      run: async (hub, request, caller) => answer(hub, await hub.rotations.rotate(request, caller)),
      write: writeAnswer,
    }),
    route({
      method: "POST",
      path: `${base}/rotate`,
      // The secret itself is the proof, for every kind. Presenting it here does not count as a use.
      access: "public",
      description: {
        id: "rotateSelf",
        summary: "Rotate the credential that is sent as Bearer or Token, if it has selfRotate",
        tag: "credentials",
        body: RotateBody,
        status: 201,
        answer: RotatedAnswer,
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => ({ request, rotation: readRotation(request) }),
      run: async (hub, { request, rotation }) => {
        const caller = await callerBySecret(hub, request);
        const { id } = caller.credential;
        return answer(hub, await hub.rotations.rotate({ id, ...rotation, proof: "secret" }, caller.caller));
      },
      write: writeAnswer,
    }),
  ];
}

interface Answer {
  readonly rotated: Rotated;
  readonly views: { readonly credential: object; readonly predecessor: object };
  readonly receipt: Receipt;
}

async function answer(hub: Hub, rotated: Rotated): Promise<Answer> {
  const receipt = await hub.receipts.take();
  const credential = await viewCredential(hub, rotated.credential);
  const predecessor = await viewCredential(hub, rotated.predecessor);
  return { rotated, views: { credential, predecessor }, receipt };
}

function writeAnswer({ rotated, views, receipt }: Answer): WireReply {
  const { credential, predecessor } = views;
  return {
    status: 201,
    body: { credential, secret: rotated.secret.reveal(), predecessor },
    headers: appliedHeader(receipt),
  };
}

/**
 * The owner, as far as the secret of one credential speaks for it. Throws `unauthenticated`,
 * `credential_inactive`.
 */
async function callerBySecret(
  hub: Hub,
  { presented, origin }: WireRequest,
): Promise<{ readonly caller: Caller; readonly credential: Credential }> {
  if (!presented) {
    throw new HubError("unauthenticated");
  }
  if (presented.scheme !== "bearer" && presented.scheme !== "token") {
    throw new HubError("credential_inactive", { detail: "a secret rotates itself as Bearer or Token" });
  }
  const verdict = allowedFrom(await hub.verdicts.verify(presented.secret), origin.address);
  if (!verdict.active) {
    throw refuseInactive(verdict);
  }
  const { account, authority, credential } = verdict;
  return {
    caller: { account, authority, proof: { by: "credential", credential, derived: null }, origin },
    credential,
  };
}

function readRotation(request: WireRequest): Omit<RotateRequest, "id" | "proof"> {
  const { old, title, expiresAt, idle } = readBody(readJson(request) ?? {});
  return {
    old: old ? readPlan(old) : FIRST_USE,
    title,
    expiresAt: expiresAt ? readTime(expiresAt, "expiresAt") : undefined,
    idleMs: idle ? readSpan(idle, "idle") : undefined,
  };
}

type OldBody = NonNullable<ReturnType<typeof readBody>["old"]>;

/**
 * Members that say nothing in a mode are refused, so that nobody believes in a deadline that does not exist.
 */
const MEMBERS: Readonly<Record<OldBody["mode"], readonly string[]>> = {
  now: ["mode"],
  timed: ["mode", "for"],
  first_use: ["mode", "deadline"],
  quiet: ["mode", "for", "deadline", "onDeadline"],
};

function readPlan(old: OldBody): OldPlan {
  const stray = Object.keys(old).find((name) => !MEMBERS[old.mode].includes(name));
  if (stray !== undefined) {
    throw malformed(`old.${stray}`, `nothing: mode ${old.mode} takes ${MEMBERS[old.mode].join(", ")} alone`);
  }
  const deadlineMs = old.deadline === undefined ? undefined : readSpan(old.deadline, "old.deadline");
  switch (old.mode) {
    case "now":
      return { mode: "now" };
    case "timed":
      return { mode: "timed", forMs: readSpan(old.for, "old.for") };
    case "first_use":
      return deadlineMs === undefined ? FIRST_USE : { mode: "first_use", deadlineMs };
    case "quiet":
      return {
        mode: "quiet",
        forMs: readSpan(old.for, "old.for"),
        deadlineMs: deadlineMs ?? QUIET_DEADLINE_MS,
        onDeadline: old.onDeadline ?? "keep",
      };
  }
}

/** A duration in milliseconds. Throws `malformed_request`. */
function readSpan(text: string | undefined, field: string): number {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (typeof ms !== "number") {
    throw malformed(field, DURATION_GRAMMAR, text);
  }
  return ms;
}
