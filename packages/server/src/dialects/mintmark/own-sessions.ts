import { Type } from "typebox";
import type { Caller } from "../../core/caller.ts";
import { HubError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { malformed } from "../../core/malformed.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { appliedHeader } from "../../http/receipt.ts";
import { OWN_THINGS, SIGNED_IN_BY_PASSWORD } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import {
  CURSOR_FORM,
  cutPage,
  OwnSessionView,
  onePast,
  PasswordBody,
  readLimit,
  refuseUnknownParameters,
  viewOwnSession,
} from "./wire.ts";

const readPassword = reader(PasswordBody, { strict: true });

/** People's own account: their password, and their sessions. */
export function ownSessionRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "PUT",
      path: `${base}/password`,
      access: SIGNED_IN_BY_PASSWORD,
      description: {
        id: "changePassword",
        summary:
          "Change the caller's own password; all other sessions end, and credentials only with revokeCredentials",
        tag: "session",
        body: PasswordBody,
        status: 204,
        refusals: [400, 401, 403, 415, 429],
      } satisfies RouteDescription,
      read: (request) => readPassword(readJson(request)),
      run: async (hub, body, caller) => {
        if (caller.proof.by !== "session") {
          throw new HubError("forbidden");
        }
        await hub.sessions.changePassword(
          caller.proof.session,
          { ...body, revokeCredentials: body.revokeCredentials ?? false },
          caller,
        );
        return hub.receipts.take();
      },
      write: (receipt) => ({ status: 204, headers: appliedHeader(receipt) }),
    }),
    route({
      method: "GET",
      path: `${base}/sessions`,
      access: OWN_THINGS,
      description: {
        id: "listSessions",
        summary: "The caller's sessions, newest first",
        tag: "session",
        query: { cursor: "nextCursor of the previous answer", limit: "1 to 200" },
        status: 200,
        answer: Type.Object({
          sessions: Type.Array(OwnSessionView),
          nextCursor: Type.Union([Type.String(), Type.Null()]),
        }),
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: (request) => {
        refuseUnknownParameters(request, ["cursor", "limit"]);
        const before = request.query.get("cursor") ?? undefined;
        if (before !== undefined && !isId(before)) {
          throw malformed("cursor", CURSOR_FORM, before);
        }
        return { before, limit: readLimit(request) };
      },
      run: async (hub, page, caller) => {
        const found = await hub.sessions.list(caller, onePast(page));
        const { shown, last } = cutPage(found, page.limit);
        const current = currentSession(caller);
        return {
          sessions: shown.map((session) => viewOwnSession(session, session.id === current)),
          nextCursor: last?.id ?? null,
        };
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "DELETE",
      path: `${base}/sessions`,
      access: OWN_THINGS,
      description: {
        id: "endOtherSessions",
        summary: "End all other sessions of the caller",
        tag: "session",
        status: 200,
        answer: Type.Object({ ended: Type.Integer() }),
        refusals: [401, 403],
      } satisfies RouteDescription,
      read: () => null,
      run: async (hub, _input, caller) => {
        const ended = await hub.sessions.endOthers(currentSession(caller), caller);
        return { ended, receipt: await hub.receipts.take() };
      },
      write: ({ ended, receipt }) => ({ status: 200, body: { ended }, headers: appliedHeader(receipt) }),
    }),
    route({
      method: "DELETE",
      path: `${base}/sessions/:id`,
      access: OWN_THINGS,
      description: {
        id: "endSession",
        summary: "End one of the caller's sessions",
        tag: "session",
        status: 204,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => request.params.id ?? "",
      run: async (hub, id, caller) => {
        await hub.sessions.end(id, caller);
        return hub.receipts.take();
      },
      write: (receipt) => ({ status: 204, headers: appliedHeader(receipt) }),
    }),
  ];
}

/** Null for a caller that came without one. */
function currentSession({ proof }: Caller): string | null {
  return proof.by === "session" ? proof.session.id : null;
}
