import { type Static, Type } from "typebox";
import type { RestoreRecord } from "../../core/restore/restored.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { appliedHeader } from "../../http/receipt.ts";
import { ADMIN, AUDIT } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { time } from "./wire.ts";

const Choice = Type.Union([Type.Literal("accept"), Type.Literal("freeze")]);
const DecisionBody = Type.Object({ choice: Choice }, { additionalProperties: false });
const readDecision = reader(DecisionBody, { strict: true });
const RestoredView = Type.Object({
  state: Type.Union(
    [Type.Literal("none"), Type.Literal("decide"), Type.Literal("decided"), Type.Literal("complete")],
    {
      description:
        "decide: credentials from before the restore are answered with 503; complete: restored with its ends log",
    },
  ),
  restoredAt: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  backupAt: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  choice: Type.Union([Choice, Type.Null()]),
});

/** A hub that was restored from a backup, and what becomes of the credentials that it holds. */
export function restoredRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/restored`,
      access: AUDIT,
      description: {
        id: "getRestored",
        summary:
          "Whether this hub was restored from a backup, and whether an administrator must decide about earlier credentials",
        tag: "restored",
        status: 200,
        answer: RestoredView,
        refusals: [401, 403],
      } satisfies RouteDescription,
      read: () => null,
      run: async (hub) => view(hub.restored.record),
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "POST",
      path: `${base}/restored`,
      access: ADMIN,
      description: {
        id: "decideRestored",
        summary: "Accept the credentials from before the restore, or freeze them all; can be decided once",
        tag: "restored",
        body: DecisionBody,
        status: 200,
        answer: RestoredView,
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => readDecision(readJson(request)).choice,
      run: async (hub, choice, caller) => {
        const record = await hub.decideRestore(choice, caller);
        return { body: view(record), receipt: await hub.receipts.take() };
      },
      write: ({ body, receipt }) => ({ status: 200, headers: appliedHeader(receipt), body }),
    }),
  ];
}

function view(record: RestoreRecord | null): Static<typeof RestoredView> {
  if (record === null) {
    return { state: "none", restoredAt: null, backupAt: null, choice: null };
  }
  const { at, backup, log, decision } = record;
  const state = log !== null ? "complete" : decision === null ? "decide" : "decided";
  return { state, restoredAt: time(at), backupAt: time(backup.at), choice: decision?.choice ?? null };
}
