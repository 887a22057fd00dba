import { versionOf } from "../../core/credential/edit.ts";
import { reader, readJson } from "../../http/body.ts";
import { etagOf, matches } from "../../http/conditional.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { requireFreshLogin } from "../../http/pipeline.ts";
import { appliedHeader } from "../../http/receipt.ts";
import { OWN_THINGS } from "./access.ts";
import { CredentialView, viewCredential } from "./credential-view.ts";
import type { RouteDescription } from "./route-description.ts";
import { CredentialPatchBody, EmptyBody, FreezeBody, readTime } from "./wire.ts";

const readPatch = reader(CredentialPatchBody, { strict: true });
const readFreeze = reader(FreezeBody, { strict: true });
const readNothing = reader(EmptyBody, { strict: true });

/** Changes of a credential that is active: edit, freeze and thaw. */
export function credentialLifeRoutes(base: string): readonly AnyRoute[] {
  const path = `${base}/credentials/:id`;
  return [
    route({
      method: "PATCH",
      path,
      access: OWN_THINGS,
      description: {
        id: "editCredential",
        summary:
          "Rename, narrow, shorten, lock to addresses, or move to a service. If-Match with the ETag of the credential refuses the change if somebody else has changed it",
        tag: "credentials",
        body: CredentialPatchBody,
        status: 200,
        answer: CredentialView,
        refusals: [400, 401, 403, 404, 409, 412],
      } satisfies RouteDescription,
      read: (request) => ({
        id: idOf(request),
        change: readChange(request),
        ifMatch: request.headers["if-match"],
      }),
      run: async (hub, { id, change, ifMatch }, caller) => {
        const conditions = {
          accepts: (version: string) => matches(ifMatch, version),
          requireFreshLogin: () => requireFreshLogin(hub, caller),
        };
        const credential = await hub.edits.edit(id, change, { caller, conditions });
        const receipt = await hub.receipts.take();
        return { view: await viewCredential(hub, credential), version: versionOf(credential), receipt };
      },
      write: ({ view, version, receipt }) => ({
        status: 200,
        body: view,
        headers: { ...etagOf(version), ...appliedHeader(receipt) },
      }),
    }),
    route({
      method: "POST",
      path: `${path}/freeze`,
      access: OWN_THINGS,
      description: {
        id: "freezeCredential",
        summary: "Refuse it everywhere until it is thawed; it still expires as before",
        tag: "credentials",
        body: FreezeBody,
        status: 200,
        answer: CredentialView,
        refusals: [400, 401, 403, 404, 409],
      } satisfies RouteDescription,
      read: (request) => {
        const { reason, until } = readFreeze(readJson(request) ?? {});
        const freeze = { reason: reason ?? null, until: until ? readTime(until, "until") : null };
        return { id: idOf(request), freeze };
      },
      run: async (hub, { id, freeze }, caller) => {
        const credential = await hub.freezes.freeze(id, freeze, caller);
        const receipt = await hub.receipts.take();
        return { view: await viewCredential(hub, credential), receipt };
      },
      write: ({ view, receipt }) => ({ status: 200, body: view, headers: appliedHeader(receipt) }),
    }),
    route({
      method: "POST",
      path: `${path}/thaw`,
      access: OWN_THINGS,
      description: {
        id: "thawCredential",
        summary: "Accept a frozen credential again; only an administrator thaws what an administrator froze",
        tag: "credentials",
        body: EmptyBody,
        status: 200,
        answer: CredentialView,
        refusals: [400, 401, 403, 404, 409],
      } satisfies RouteDescription,
      read: (request) => {
        readNothing(readJson(request) ?? {});
        return idOf(request);
      },
      run: async (hub, id, caller) => {
        const credential = await hub.freezes.thaw(id, caller);
        const receipt = await hub.receipts.take();
        return { view: await viewCredential(hub, credential), receipt };
      },
      write: ({ view, receipt }) => ({ status: 200, body: view, headers: appliedHeader(receipt) }),
    }),
  ];
}

function idOf({ params }: WireRequest): string {
  return params.id ?? "";
}

function readChange(request: WireRequest) {
  const { expiresAt, ...change } = readPatch(readJson(request) ?? {});
  return {
    ...change,
    expiresAt: typeof expiresAt === "string" ? readTime(expiresAt, "expiresAt") : expiresAt,
  };
}
