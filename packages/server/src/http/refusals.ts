import type { FastifyBaseLogger } from "fastify";
import type { Origin } from "../core/caller.ts";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import type { RequestNotes } from "./answer-note.ts";
import type { Dialect, RefusedRequest, WireReply } from "./dialect.ts";
import type { Forwarding } from "./forwarding.ts";
import type { Metrics } from "./metrics.ts";
import { refusalOf } from "./pipeline.ts";

/** Turns anything thrown during a request into an answer. */
export class Refusals {
  readonly #metrics: Metrics;
  readonly #log: FastifyBaseLogger;
  readonly #hub: Hub;

  /** Tells where a refused request came from. */
  readonly forwarding: Forwarding;

  constructor(
    hub: Hub,
    metrics: Metrics,
    { log, forwarding }: { readonly log: FastifyBaseLogger; readonly forwarding: Forwarding },
  ) {
    this.#hub = hub;
    this.#metrics = metrics;
    this.#log = log;
    this.forwarding = forwarding;
  }

  /**
   * Returns the dialect's own refusal, logged and counted. An unexpected error is logged in full and
   * disclosed to nobody.
   */
  of(
    dialect: Dialect,
    error: unknown,
    request: RefusedRequest & { readonly origin?: Origin },
    notes: RequestNotes,
  ): WireReply {
    const hubError = toHubError(error);
    if (request.origin) {
      this.#hub.refusals.noteStillShown(hubError, request.origin);
    }
    notes.dialect = dialect.name;
    notes.refusal = hubError.code;
    notes.detail = hubError.detail ?? null;
    this.#metrics.countRefusal({ dialect: dialect.name, code: hubError.code });
    if (hubError.code === "internal" || hubError.code === "store_unavailable") {
      this.#log.error({ reqId: request.id, err: hubError }, "request failed");
    }
    return refusalOf(dialect, hubError, request);
  }
}

const FASTIFY_CODES: Readonly<Record<string, ConstructorParameters<typeof HubError>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body_too_large",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "malformed_request",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_BAD_URL: "malformed_request",
};

function toHubError(error: unknown): HubError {
  if (error instanceof HubError) {
    return error;
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : FASTIFY_CODES[code];
  if (known) {
    return new HubError(known);
  }
  const isClients = statusCode !== undefined && statusCode >= 400 && statusCode < 500;
  return new HubError(isClients ? "malformed_request" : "internal", { cause: error });
}
