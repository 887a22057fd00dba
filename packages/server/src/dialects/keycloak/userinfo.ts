import type { Caller } from "../../core/caller.ts";
import { HubError } from "../../core/errors.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";

/**
 * OpenID Connect Core §5.3: who the bearer is for. Keycloak refuses a bearer that was made without the scope
 * `openid`, with 403, and so does this.
 */
export function userinfoRoutes(path: string): readonly AnyRoute[] {
  return (["GET", "POST"] as const).map((method) =>
    route({
      method,
      path,
      access: { takes: ["realm_bearer", "client_bearer"] },
      read: (request) => {
        if (!scopesOf(request).includes("openid")) {
          throw new HubError("forbidden", { explanation: "The bearer was made without the scope openid." });
        }
      },
      run: async (_hub, _input, caller) => caller,
      write: (caller) => ({ status: 200, body: describeCaller(caller) }),
    }),
  );
}

/** The words of a bearer that was verified already; a body that cannot be read has none. */
function scopesOf({ presented }: WireRequest): readonly string[] {
  const text = presented?.form === "jwt" ? presented.secret.reveal() : "";
  const [, payload = ""] = text.split(".");
  try {
    const { scope } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { scope?: unknown };
    return typeof scope === "string" ? scope.split(" ") : [];
  } catch {
    return [];
  }
}

function describeCaller({ account, proof }: Caller) {
  if (account) {
    const { id, username, displayName, email } = account;
    return {
      sub: id,
      preferred_username: username,
      ...(displayName === null ? {} : { name: displayName }),
      // An address typed in at the hub; nobody has verified it.
      ...(email === null ? {} : { email, email_verified: false }),
    };
  }
  const clientId = proof.by === "client" ? proof.clientId : "";
  return { sub: clientId, preferred_username: `service-account-${clientId}` };
}
