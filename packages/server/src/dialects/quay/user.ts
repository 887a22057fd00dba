import { createHash } from "node:crypto";
import type { Account } from "../../core/account/account.ts";
import { requireAccount } from "../../core/caller.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";

/** Who calls (`endpoints/api/user.py`): the call by which scripts ask whether their token is good. */
export function userRoute(path: string): AnyRoute {
  return route({
    method: "GET",
    path,
    access: { takes: ["session", "personal_token"] },
    read: () => null,
    run: async (_hub, _input, caller) => requireAccount(caller),
    write: (account) => ({ status: 200, body: writeUser(account) }),
  });
}

function writeUser({ username, email, displayName, role }: Account) {
  return {
    anonymous: false,
    username,
    // Quay's pages draw a letter on a colour; both follow from the name.
    avatar: {
      name: username,
      hash: createHash("sha256").update(username).digest("hex"),
      color: "#5254a3",
      kind: "user",
    },
    can_create_repo: false,
    is_me: true,
    verified: true,
    email,
    name: displayName ?? "",
    super_user: role === "admin",
    organizations: [],
    logins: [],
    invoice_email: false,
    preferred_namespace: true,
    tag_expiration_s: null,
    prompts: [],
  };
}
