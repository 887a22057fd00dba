import type { Request, RequestHandler } from "express";
import type { Caller, Verifier } from "../verifier/verifier.ts";
import { admit, checkProtection, type Protection, requireCaller } from "./admit.ts";
import { answer } from "./node-http.ts";

export type { Protection } from "./admit.ts";

declare global {
  namespace Express {
    interface Request {
      /** Set where `protect` has let the request through. */
      caller?: Caller;
    }
  }
}

/** The caller of a request that `protect` has let through. Throws `TypeError` on a route without it. */
export function callerOf({ caller }: Request): Caller {
  return requireCaller(caller);
}

/** Middleware for Express 5: who may pass goes on with `request.caller`, the others are answered here. */
export function protect(verifier: Verifier, protection: Protection<Request>): RequestHandler {
  checkProtection(protection);
  return async (request, response, next) => {
    const admission = await admit(verifier, protection, request, request.headers.authorization);
    if ("refusal" in admission) {
      return answer(response, admission.refusal);
    }
    request.caller = admission.caller;
    next();
  };
}
