import { Type } from "typebox";
import { HUB_AUDIT } from "../../core/authority/authority.ts";
import { type Caller, requireAccount } from "../../core/caller.ts";
import type { Hub } from "../../core/hub.ts";
import { isId } from "../../core/ids.ts";
import { malformed } from "../../core/malformed.ts";
import { Secret } from "../../core/secret/secret.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { AUDIT, OWN_THINGS } from "./access.ts";
import { FILTER_QUERY, ownerToList, readFilter } from "./credential-filter.ts";
import { CredentialView, viewCredential } from "./credential-view.ts";
import type { RouteDescription } from "./route-description.ts";
import { COUNT_MAX, CountView, Nullable, refuseUnknownParameters, Words } from "./wire.ts";

const IDS_MAX = 50;
const USAGE_DAYS_MAX = 90;
const USAGE_DAYS = 30;
const DAY_MS = 86_400_000;

const LookupBody = Type.Object({ secret: Type.String({ minLength: 1, maxLength: 8192 }) });
const readLookup = reader(LookupBody, { strict: true });

/** How a person finds one credential among many. */
export function credentialFindRoutes(base: string): readonly AnyRoute[] {
  return [countRoute(base), usageRoute(base), lookupRoute(base)];
}

function countRoute(base: string): AnyRoute {
  return route({
    method: "GET",
    path: `${base}/credentials/count`,
    access: OWN_THINGS,
    description: {
      id: "countCredentials",
      summary: "The number of credentials that match the filter, counted up to 10,000",
      tag: "credentials",
      query: FILTER_QUERY,
      status: 200,
      answer: CountView,
      refusals: [400, 401, 403, 404],
    } satisfies RouteDescription,
    read: (request) => readFilter(request, []),
    run: async (hub, { owner, ...filter }, caller) => {
      const ownerId = await ownerToList(hub, owner, caller);
      const count = await hub.credentials.count({ ...filter, ownerId, limit: COUNT_MAX + 1 });
      return { count: Math.min(count, COUNT_MAX), complete: count <= COUNT_MAX };
    },
    write: (body) => ({ status: 200, body }),
  });
}

function usageRoute(base: string): AnyRoute {
  return route({
    method: "GET",
    path: `${base}/credentials/usage`,
    access: OWN_THINGS,
    description: {
      id: "getUsageOfMany",
      summary: "Uses per day (UTC) of up to 50 credentials; ids that the caller may not see are left out",
      tag: "credentials",
      query: {
        ids: "up to 50 ids, separated by commas",
        days: "1 to 90, today last; 30 if absent",
      },
      required: ["ids"],
      status: 200,
      answer: Type.Object({
        credentials: Type.Array(
          Type.Object({
            id: Type.String(),
            days: Type.Array(Type.Object({ day: Type.String(), count: Type.Integer() })),
          }),
        ),
      }),
      refusals: [400, 401, 403],
    } satisfies RouteDescription,
    read: (request) => {
      refuseUnknownParameters(request, ["ids", "days"]);
      const ids = [...new Set((request.query.get("ids") ?? "").split(",").filter((id) => id !== ""))];
      if (ids.length === 0 || ids.length > IDS_MAX || !ids.every(isId)) {
        throw malformed("ids", `1 to ${IDS_MAX} credential ids, separated by commas`);
      }
      return { ids, days: readDays(request.query.get("days")) };
    },
    run: async (hub, { ids, days }, caller) => {
      const seen = await visibleIds(hub, ids, caller);
      const uses = await hub.uses.dailyOf(seen, days);
      return seen.map((id) => ({
        id,
        days: uses
          .filter(({ credentialId }) => credentialId === id)
          .map(({ day, count }) => ({ day: new Date(day * DAY_MS).toISOString().slice(0, 10), count })),
      }));
    },
    write: (credentials) => ({ status: 200, body: { credentials } }),
  });
}

function readDays(text: string | null): number {
  const days = text === null ? USAGE_DAYS : Number(text);
  if (!Number.isInteger(days) || days < 1 || days > USAGE_DAYS_MAX) {
    throw malformed("days", `a whole number from 1 to ${USAGE_DAYS_MAX}`, text);
  }
  return days;
}

async function visibleIds(hub: Hub, ids: readonly string[], caller: Caller): Promise<readonly string[]> {
  const account = requireAccount(caller);
  const seesAll = account.role !== "member" && caller.authority.permits(HUB_AUDIT);
  const found = await Promise.all(
    ids.map(async (id) => {
      const credential = await hub.credentials.find(id);
      const sees =
        credential !== null &&
        (seesAll ||
          credential.ownerId === account.id ||
          (await hub.services.isSteward(credential.ownerId, account)));
      return sees ? [id] : [];
    }),
  );
  return found.flat();
}

function lookupRoute(base: string): AnyRoute {
  return route({
    method: "POST",
    path: `${base}/credentials/lookup`,
    access: AUDIT,
    quiet: true,
    description: {
      id: "lookUpSecret",
      summary:
        "Find the credential of a secret that somebody found, for administrators and auditors. The secret is not stored, and this does not count as a use. The audit log says who asked about which credential",
      tag: "credentials",
      body: LookupBody,
      status: 200,
      answer: Type.Object({
        credential: Nullable(CredentialView),
        reason: Nullable(Words(["unknown", "malformed"])),
      }),
      refusals: [400, 401, 403],
    } satisfies RouteDescription,
    read: (request) => new Secret(readLookup(readJson(request)).secret.trim()),
    run: async (hub, secret, caller) => {
      const found = await hub.credentials.lookUp(secret, caller);
      return typeof found === "string"
        ? { credential: null, reason: found }
        : { credential: await viewCredential(hub, found), reason: null };
    },
    write: (body) => ({ status: 200, body }),
  });
}
