import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller, Verifier } from "../verifier/verifier.ts";
import { admit, checkProtection, type Protection, requireCaller } from "./admit.ts";

export type { Protection } from "./admit.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set where `protect` has let the request through. */
    caller?: Caller;
  }
}

/** The caller of a request that `protect` has let through. Throws `TypeError` on a route without it. */
export function callerOf({ caller }: FastifyRequest): Caller {
  return requireCaller(caller);
}

/**
 * An `onRequest` hook, for a route, a plugin or the whole server: who may pass goes on with `request.caller`.
 */
export function protect(
  verifier: Verifier,
  protection: Protection<FastifyRequest>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  checkProtection(protection);
  return async (request, reply) => {
    const admission = await admit(verifier, protection, request, request.headers.authorization);
    if ("refusal" in admission) {
      const { status, headers, body } = admission.refusal;
      return reply.code(status).headers(headers).send(body);
    }
    request.caller = admission.caller;
    return undefined;
  };
}
