import { HubError } from "../../core/errors.ts";
import { readFormPairs } from "../body.ts";
import type { WireRequest } from "../dialect.ts";

/** The parameters of an OAuth request: each once, none empty. */
export type OAuthForm = ReadonlyMap<string, string>;

/**
 * Reads a form by RFC 6749 §3.2: a parameter without a value counts as absent, a repeated one is refused,
 * unknown ones are ignored. The query of the URL is ignored. Throws `malformed_request`,
 * `unsupported_media_type`.
 */
export function readOAuthForm(request: Pick<WireRequest, "headers" | "body">): OAuthForm {
  const form = new Map<string, string>();
  for (const [name, value] of readFormPairs(request)) {
    if (value === "") {
      continue;
    }
    if (form.has(name)) {
      throw new HubError("malformed_request", { explanation: "A parameter is given twice." });
    }
    form.set(name, value);
  }
  return form;
}

/** Throws `malformed_request` with the name of the missing parameter. */
export function requireParameter(form: OAuthForm, name: string): string {
  const value = form.get(name);
  if (value === undefined) {
    throw new HubError("malformed_request", {
      field: name,
      explanation: `The parameter ${name} is missing.`,
    });
  }
  return value;
}
