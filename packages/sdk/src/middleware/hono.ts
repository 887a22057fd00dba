import type { Context, MiddlewareHandler } from "hono";
import type { Caller, Verifier } from "../verifier/verifier.ts";
import { admit, checkProtection, type Protection } from "./admit.ts";

export type { Protection } from "./admit.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Set where `protect` has let the request through. */
    caller: Caller;
  }
}

/** Middleware for Hono: who may pass goes on with `c.get("caller")`, the others are answered here. */
export function protect(verifier: Verifier, protection: Protection<Context>): MiddlewareHandler {
  checkProtection(protection);
  return async (context, next) => {
    const admission = await admit(verifier, protection, context, context.req.header("authorization"));
    if ("refusal" in admission) {
      const { status, headers, body } = admission.refusal;
      return context.body(body, status, { ...headers });
    }
    context.set("caller", admission.caller);
    await next();
    return undefined;
  };
}
