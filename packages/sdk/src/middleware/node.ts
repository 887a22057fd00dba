import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller, Verifier } from "../verifier/verifier.ts";
import { admit, checkProtection, type Protection } from "./admit.ts";
import { answer } from "./node-http.ts";

export type { Protection } from "./admit.ts";

/**
 * A listener for `node:http` that passes on admitted requests, with `request.caller`, and answers all others.
 * Errors of `handler` are not caught.
 */
export function protect(
  verifier: Verifier,
  protection: Protection<IncomingMessage>,
  handler: (request: IncomingMessage & { readonly caller: Caller }, response: ServerResponse) => unknown,
): (request: IncomingMessage, response: ServerResponse) => void {
  checkProtection(protection);
  return async (request, response) => {
    const admission = await admit(verifier, protection, request, request.headers.authorization);
    if ("refusal" in admission) {
      return answer(response, admission.refusal);
    }
    return handler(Object.assign(request, { caller: admission.caller }), response);
  };
}
