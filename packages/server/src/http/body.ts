import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { HubError } from "../core/errors.ts";
import type { WireRequest } from "./dialect.ts";

/** Nesting that no honest request has; a deeper one is refused before anything walks it. */
const DEPTH_MAX = 32;
const FORM = "application/x-www-form-urlencoded";

function mediaType(request: Pick<WireRequest, "headers">): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/**
 * The body as JSON. Throws `unsupported_media_type` for another content type (unless `anyType`: IBM's own
 * curl examples label JSON as a form), `malformed_request` for what is not JSON or too deep. An empty body is
 * `undefined`.
 */
export function readJson(request: WireRequest, options: { readonly anyType?: boolean } = {}): unknown {
  if (request.body.length === 0) {
    return undefined;
  }
  const type = mediaType(request);
  if (options.anyType !== true && type !== "application/json" && !type.endsWith("+json")) {
    throw new HubError("unsupported_media_type");
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body));
  } catch (error) {
    // The parser's own message quotes the body, which may hold a secret: it is not kept.
    throw new HubError("malformed_request", {
      detail: error instanceof SyntaxError ? "not JSON" : "not UTF-8",
    });
  }
  // Every body is an object. `null` is not one, and must not count as an absent body.
  if (value === null) {
    throw new HubError("malformed_request", { detail: "null" });
  }
  if (depthExceeds(value, DEPTH_MAX)) {
    throw new HubError("malformed_request", { detail: "nested too deep" });
  }
  return value;
}

function depthExceeds(value: unknown, left: number): boolean {
  if (value === null || typeof value !== "object") {
    return false;
  }
  return left === 0 || Object.values(value).some((item) => depthExceeds(item, left - 1));
}

/** The body as a form (RFC 6749 appendix B). Throws `unsupported_media_type`. */
export function readForm(request: Pick<WireRequest, "headers" | "body">): URLSearchParams {
  if (mediaType(request) !== FORM) {
    throw new HubError("unsupported_media_type");
  }
  return new URLSearchParams(request.body.toString("utf8"));
}

/**
 * A validator for one schema, built once per route. `strict` refuses fields that the schema does not know,
 * with `unknown_field`.
 */
export function reader<Schema extends TSchema>(
  schema: Schema,
  options: { readonly strict: boolean },
): (value: unknown) => Static<Schema> {
  const validator = Compile(schema);
  const known = new Set(Object.keys((schema as { properties?: Record<string, unknown> }).properties ?? {}));
  return (value) => {
    if (options.strict && value !== null && typeof value === "object" && !Array.isArray(value)) {
      const unknown = Object.keys(value).find((name) => !known.has(name));
      if (unknown !== undefined) {
        throw new HubError("unknown_field", isNameLike(unknown) ? { field: unknown } : {});
      }
    }
    if (!validator.Check(value)) {
      const [first] = validator.Errors(value);
      const field = (first?.instancePath ?? "").split("/").filter(Boolean).join(".");
      throw new HubError("malformed_request", isNameLike(field) ? { field } : {});
    }
    return value as Static<Schema>;
  };
}

/** Only what looks like a field name is said back, since people paste secrets anywhere. */
function isNameLike(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.]{0,31}$/.test(text) && !/^mm[a-z]_/.test(text);
}
