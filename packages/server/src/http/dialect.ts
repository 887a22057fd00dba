import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Role } from "../core/account/account.ts";
import type { Scope } from "../core/authority/scope.ts";
import type { Caller, Origin } from "../core/caller.ts";
import type { Kind } from "../core/credential/kinds.ts";
import type { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { type Looked, Undecided } from "../core/looked.ts";
import type { Presented } from "./authorization.ts";
import type { ShownCredential } from "./credential-end.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * A way of proving identity: the kinds are their secrets shown as such, the bearers are derived tokens.
 * `cli_bearer` is the realm bearer of the command `mintmark`; every route that takes realm bearers takes it.
 */
export type ProofKind =
  | "session"
  | "password"
  | Kind
  | "realm_bearer"
  | "cli_bearer"
  | "zen_bearer"
  | "zen_instance_bearer"
  | "client_bearer";

/**
 * Who may call. `public`: the `Authorization` header is ignored. Otherwise only the listed proofs are
 * accepted; a route that lists none accepts nobody.
 */
export type Access =
  | "public"
  | {
      readonly takes: readonly ProofKind[];
      /** A proof that this route alone knows; null for a request that has none. */
      readonly ownProof?: (hub: Hub, request: WireRequest) => Looked<Caller> | null;
      /** Callers without credentials come in as anonymous. Bad credentials are refused all the same. */
      readonly anonymous?: true;
      /**
       * Forms that are refused as `credential_inactive` unread, so that they cost neither a password hash nor
       * a look-up.
       */
      readonly refusesUnread?: readonly Presented["form"][];
      /** A session must have seen the password lately; other proofs pass. */
      readonly fresh?: true;
      readonly roles?: readonly Role[];
      /** The scope that the caller must hold, if it does not depend on the request. */
      readonly holds?: Scope;
    };

/** A request as a dialect sees it. */
export interface WireRequest {
  readonly id: string;
  readonly method: string;
  /** Path and query as they were sent, spelled as the routes have it. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What the `Authorization` header presents; null if absent. */
  readonly presented: Presented | null;
  /** The whole body, at most 1 MB; empty for streaming routes. */
  readonly body: Buffer;
  /** The body of a route with `body: "stream"`. */
  readonly stream: Readable | null;
  readonly origin: Origin;
  /**
   * Routes that judge a secret of the body themselves note it here; the pipeline notes those of the header.
   */
  readonly shown: ShownCredential;
}

export interface WireReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * An object is sent as JSON, strings and bytes as they are, a stream as it arrives, undefined as an empty
   * body.
   */
  readonly body?: unknown;
  readonly contentType?: string;
  /** The reason phrase, where a client shows it to people. Printable ASCII. */
  readonly reason?: string;
  /**
   * Where the transport keeps the text of a reply that the dialect gives again and never changes; see
   * `keepReply`.
   */
  readonly kept?: { text: unknown };
}

/** A reply that is rendered once, however often the dialect gives it. */
export function keepReply(reply: WireReply): WireReply {
  return { ...reply, kept: { text: null } };
}

export interface Route<Input, Output> {
  readonly method: Method;
  /** `/path/:name`; slashes at the end and doubled ones do not matter. */
  readonly path: string;
  /** Answers every method that no other route of the path has, `OPTIONS` apart. */
  readonly otherMethods?: true;
  readonly access: Access;
  /** `buffer` (default): read whole before `read`. `stream`: handed on as it comes. */
  readonly body?: "buffer" | "stream";
  /**
   * Asked for so often that it is served before the framework (`quick-routes.ts`). A fixed path and a short
   * body.
   */
  readonly quick?: true;
  /** Its successes are counted, and logged at `debug` only. */
  readonly quiet?: true;
  /**
   * A GET that changes something: HEAD is then refused instead of answered by it, and a cookie needs its CSRF
   * token.
   */
  readonly changesState?: true;
  read(request: WireRequest, caller: Caller): Input | Promise<Input>;
  /** Answers at once where nothing must be asked or written. */
  run(hub: Hub, input: Input, caller: Caller): Looked<Output> | Promise<Output>;
  write(output: Output, request: WireRequest): WireReply;
  /** The route's entry in an API description. */
  readonly description?: unknown;
}

/** A route whose input and output are its own business. */
export interface AnyRoute extends Omit<Route<unknown, unknown>, "read" | "run" | "write"> {
  handle(hub: Hub, request: WireRequest, caller: Caller): WireReply | Promise<WireReply>;
}

/** One outside system's wire format. */
export interface Dialect {
  readonly name: string;
  /** Unknown paths and methods below these are answered in this dialect's shape. */
  readonly prefixes: readonly string[];
  readonly routes: readonly AnyRoute[];
  /** Spells a path as the routes have it, for systems that are lenient with case. */
  readonly respell?: (path: string) => string;
  /**
   * Credentials that were refused are written to the audit with the true reason, for systems whose answer
   * tells none.
   */
  readonly auditsRefusals?: true;
  /**
   * A cookie's CSRF token may come as `_csrf_token` besides the header: in a form (pages without script), or
   * in a form or the query (Quay).
   */
  readonly csrfInRequest?: "form" | "form or query";
  /** Its answers are verdicts for a proxy, so no browser's preflight is answered here. */
  readonly givesVerdicts?: true;
  refuse(error: HubError, request: RefusedRequest): WireReply;
}

/** The part of the request that a refusal may depend on. */
export type RefusedRequest = Pick<WireRequest, "id" | "method" | "url" | "headers">;

export function route<Input, Output>(definition: Route<Input, Output>): AnyRoute {
  const { read, run, write, ...rest } = definition;
  const runAndWrite = (input: Input, { hub, request, caller }: Handled): WireReply | Promise<WireReply> =>
    goOn(run(hub, input, caller), write, request);
  return {
    ...rest,
    handle: (hub, request, caller) => goOn(read(request, caller), runAndWrite, { hub, request, caller }),
  };
}

/** What a route is handled with. */
interface Handled {
  readonly hub: Hub;
  readonly request: WireRequest;
  readonly caller: Caller;
}

/**
 * Goes on with a value: now if it is at hand, else once it has come. What is undecided is asked for. What
 * `next` needs besides is passed on, so that a request whose answer is known makes no closures.
 */
export function goOn<T, Given, Next>(
  value: Looked<T> | Promise<T>,
  next: (value: T, given: Given) => Next | Promise<Next>,
  given: Given,
): Next | Promise<Next> {
  if (value instanceof Undecided) {
    return value.ask().then((known) => next(known, given));
  }
  return value instanceof Promise ? value.then((come) => next(come, given)) : next(value, given);
}
