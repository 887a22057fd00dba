import { USER_ADMIN } from "../../core/authority/scope.ts";
import type { Caller } from "../../core/caller.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { AT_ONCE } from "../../core/credential/rotation-plan.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Secret } from "../../core/secret/secret.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { SIGNED_IN, WITH_FRESH_LOGIN } from "./access.ts";
import { writeMe } from "./wire.ts";

/** The API token of a user: one, shown once, replaced by the next. */
export function accountRoutes(prefix: string): readonly AnyRoute[] {
  return [
    route({
      method: "POST",
      path: `${prefix}/v3/auth/token`,
      access: WITH_FRESH_LOGIN,
      read: () => null,
      run: (hub, _input, caller) => makeToken(hub, caller),
      write: ({ secret }) => ({ status: 200, body: { token: secret.reveal() } }),
    }),
    route({
      method: "DELETE",
      path: `${prefix}/v3/auth/token`,
      access: SIGNED_IN,
      read: () => null,
      run: (hub, _input, caller) => endToken(hub, caller),
      write: () => ({ status: 204 }),
    }),
    route({
      method: "GET",
      path: `${prefix}/_ui/v1/me`,
      access: SIGNED_IN,
      read: () => null,
      run: async (_hub, _input, caller) => caller,
      write: ({ account }) => {
        if (!account) {
          throw new HubError("forbidden");
        }
        return { status: 200, body: writeMe(account) };
      },
    }),
  ];
}

/** As in the original, the token itself may ask for its successor; then it ends at once. */
function makeToken(hub: Hub, caller: Caller): Promise<{ readonly secret: Secret }> {
  const token = shownToken(caller);
  return token
    ? hub.rotations.rotate({ id: token.id, old: AT_ONCE, proof: "secret" }, caller)
    : hub.issuance.issue(tokenOwner(caller), { kind: "hub_token" }, caller);
}

function shownToken({ proof }: Caller): Credential | null {
  const isShown =
    proof.by === "credential" && proof.derived === null && proof.credential.kind === "hub_token";
  return isShown ? proof.credential : null;
}

/**
 * The owner of the token to be made. Only a proof of the person makes secrets: a log-in, or a personal token
 * that may.
 */
function tokenOwner(caller: Caller) {
  const { account, authority, proof } = caller;
  const isPerson = proof.by === "session" || proof.by === "password" || isPersonalToken(caller);
  if (!account || !isPerson || !authority.permits(USER_ADMIN)) {
    throw new HubError("forbidden", {
      explanation: "Creating an API token needs a log-in with user name and password.",
    });
  }
  return account;
}

function isPersonalToken({ proof }: Caller): boolean {
  return proof.by === "credential" && proof.credential.kind === "personal_token" && proof.derived === null;
}

/**
 * Ends the user's API token, both generations of it during a rotation; none is no error. A token may also end
 * itself.
 */
async function endToken(hub: Hub, caller: Caller): Promise<void> {
  const account = shownToken(caller) && caller.account ? caller.account : tokenOwner(caller);
  await hub.revocations.revokeInSlot(account, { kind: "hub_token", instance: null }, caller);
}
