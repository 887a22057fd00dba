import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { HubError } from "../core/errors.ts";
import { malformed } from "../core/malformed.ts";
import type { WireRequest } from "./dialect.ts";
import { expectedAt } from "./expected.ts";

/** Nesting and numbers of values that no honest request has: 10,000 ids are the longest list. */
const DEPTH_MAX = 32;
const VALUES_MAX = 25_000;
const PARAMETERS_MAX = 2_000;
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
  const value = parseJson(request.body);
  // Every body is an object. `null` is not one, and must not count as an absent body.
  if (value === null) {
    throw new HubError("malformed_request", { detail: "null" });
  }
  return value;
}

/**
 * Parses JSON. Throws `malformed_request` for bytes that are not JSON in UTF-8, are nested too deep or hold
 * too many values: a megabyte of small objects takes the parser as long as a hundred requests.
 */
export function parseJson(bytes: Buffer): unknown {
  requireBoundedStructure(bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    // The parser's own message quotes the body, which may hold a secret: it is not kept.
    throw new HubError("malformed_request", {
      detail: error instanceof SyntaxError ? "not JSON" : "not UTF-8",
    });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/** Counts brackets and commas outside of texts, in one pass. */
function requireBoundedStructure(bytes: Buffer): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfText(bytes, at);
    } else if (byte === COMMA) {
      values += 1;
    } else if (OPENING.includes(byte)) {
      depth += 1;
      values += 1;
    } else if (CLOSING.includes(byte)) {
      depth -= 1;
    }
    if (depth > DEPTH_MAX || values > VALUES_MAX) {
      throw new HubError("malformed_request", { detail: "nested too deep, or too many values" });
    }
  }
}

/** Where the text that begins here ends: at the next quote without a backslash in front of it. */
function endOfText(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      return at;
    }
    if (byte === BACKSLASH) {
      at += 1;
    }
  }
  return bytes.length;
}

/**
 * The body as a form (RFC 6749 appendix B). Throws `unsupported_media_type`, and `malformed_request` for more
 * parameters than any client sends.
 */
export function readForm(request: Pick<WireRequest, "headers" | "body">): URLSearchParams {
  return new URLSearchParams(formText(request));
}

/**
 * The parameters of a form in their order. Throws like `readForm`, which gives the same parameters; a form
 * without an escaped character is taken apart here, in a third of the time.
 */
export function readFormPairs(
  request: Pick<WireRequest, "headers" | "body">,
): Iterable<readonly [name: string, value: string]> {
  const text = formText(request);
  return PLAIN_FORM.test(text) ? plainPairs(text) : new URLSearchParams(text);
}

/** Printable ASCII without `%` and `+`, and no `?` in front, which `URLSearchParams` takes away. */
const PLAIN_FORM = /^(?!\?)[\x20-\x24\x26-\x2a\x2c-\x7e]*$/;

function plainPairs(text: string): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    if (part !== "") {
      pairs.push(at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)]);
    }
  }
  return pairs;
}

function formText(request: Pick<WireRequest, "headers" | "body">): string {
  if (request.headers["content-type"] !== FORM && mediaType(request) !== FORM) {
    throw new HubError("unsupported_media_type");
  }
  const text = request.body.toString("utf8");
  if (text.length >= PARAMETERS_MAX && text.split("&", PARAMETERS_MAX + 1).length > PARAMETERS_MAX) {
    throw new HubError("malformed_request", { detail: "too many parameters" });
  }
  return text;
}

/**
 * A validator for one schema, built once per route. `strict`, for our own API, refuses fields that the schema
 * does not know with `unknown_field`, and says what stands in a faulty field and what was expected.
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
        const explanation = `The fields known here are ${[...known].join(", ")}.`;
        throw new HubError(
          "unknown_field",
          isNameLike(unknown) ? { field: unknown, explanation } : { explanation },
        );
      }
    }
    if (!validator.Check(value)) {
      const path = pathOfFault(validator.Errors(value)[0]);
      const field = path.join(".");
      if (!options.strict || !isNameLike(field)) {
        throw new HubError("malformed_request", isNameLike(field) ? { field } : {});
      }
      throw malformed(field, expectedAt(schema, path), valueAt(value, path));
    }
    return value as Static<Schema>;
  };
}

interface Fault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params?: unknown;
}

/** The path of the field that is wrong, or of the one that is missing. */
function pathOfFault(fault: Fault | undefined): readonly string[] {
  const path = (fault?.instancePath ?? "").split("/").filter(Boolean);
  const { requiredProperties = [] } = (fault?.keyword === "required" ? fault.params : {}) as {
    requiredProperties?: readonly string[];
  };
  return [...path, ...requiredProperties.slice(0, 1)];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | null | undefined)?.[step],
    value,
  );
}

/** Only what looks like a field name is said back, since people paste secrets anywhere. */
function isNameLike(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.]{0,31}$/.test(text) && !/^mm[a-z]_/.test(text);
}
