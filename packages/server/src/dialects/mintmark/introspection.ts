import { Type } from "typebox";
import { HUB_AUDIT } from "../../core/authority/authority.ts";
import type { Caller } from "../../core/caller.ts";
import { type PresentedSecret, readSecret } from "../../core/credential/presented.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import { reader, readJson } from "../../http/body.ts";
import { type Access, type AnyRoute, route } from "../../http/dialect.ts";
import {
  clientBehind,
  introspect,
  MAY_INTROSPECT,
  type Question,
  shownFrom,
} from "../../http/oauth/introspection.ts";
import type { RouteDescription } from "./route-description.ts";

const SERVICES: Access = { takes: ["personal_token", "client_bearer"], holds: MAY_INTROSPECT };
const SECRETS_MAX = 100;

const Body = Type.Object({
  secrets: Type.Array(Type.String({ minLength: 1, maxLength: 8192 }), { minItems: 1, maxItems: SECRETS_MAX }),
  peek: Type.Optional(Type.Boolean({ description: "true: the question does not count as a use" })),
  clientAddress: Type.Optional(
    Type.String({
      maxLength: 64,
      description: "the address that sent the secrets; believed from clients with trustedForAddresses",
    }),
  ),
});
const VerdictView = Type.Object({
  active: Type.Boolean(),
  kind: Type.Optional(Type.String()),
  username: Type.Optional(Type.String()),
  subject: Type.Optional(Type.String({ description: "account id" })),
  scopes: Type.Optional(Type.Array(Type.String())),
  expiresAt: Type.Optional(Type.String({ format: "date-time" })),
  addressesChecked: Type.Optional(
    Type.Boolean({ description: "false: it is locked to addresses, and the address was not checked" }),
  ),
  reason: Type.Optional(
    Type.String({ description: "why it is not active; only for callers who hold hub:audit:use" }),
  ),
});
const Answer = Type.Object({ verdicts: Type.Array(VerdictView) });
const read = reader(Body, { strict: true });

/**
 * Many introspections (RFC 7662) at once, for services that work through queues. The verdicts stand in the
 * order of the secrets.
 */
export function introspectionRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "POST",
      path: `${base}/introspection`,
      access: SERVICES,
      quiet: true,
      description: {
        id: "introspectMany",
        summary: "What up to 100 secrets or bearers may do",
        tag: "verification",
        body: Body,
        status: 200,
        answer: Answer,
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: (request) => ({ body: read(readJson(request)), origin: request.origin }),
      run: async (hub, { body, origin }, caller) => {
        const service = await ask(clientBehind(hub, caller));
        const question = {
          origin,
          peek: body.peek ?? false,
          shownFrom: shownFrom(service, body.clientAddress),
        };
        const verdicts = body.secrets.map((text) => verdictOn(hub, readSecret(text), question, caller));
        return { verdicts: await Promise.all(verdicts) };
      },
      write: (body) => ({ status: 200, body }),
    }),
  ];
}

async function verdictOn(hub: Hub, presented: PresentedSecret, question: Question, caller: Caller) {
  const found = await ask(introspect(hub, presented, question));
  if (!found.active) {
    return {
      active: false,
      ...(caller.authority.permits(HUB_AUDIT) ? { reason: await reasonOf(hub, presented) } : {}),
    };
  }
  const { kind, username, sub, scope, exp } = found;
  return {
    active: true,
    kind,
    username,
    subject: sub,
    scopes: String(scope)
      .split(" ")
      .filter((one) => one !== ""),
    ...(found["addresses_checked"] === false ? { addressesChecked: false } : {}),
    ...(typeof exp === "number" ? { expiresAt: new Date(exp * 1000).toISOString() } : {}),
  };
}

/**
 * Why a credential is not active, or what is wrong with the text. A bearer that is not valid is called
 * malformed.
 */
async function reasonOf(hub: Hub, presented: PresentedSecret): Promise<string> {
  const verdict = await ask(hub.verdicts.look(presented));
  return verdict.active ? "malformed" : (verdict.ending?.reason ?? verdict.reason);
}
