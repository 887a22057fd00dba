import type { Hub } from "../../core/hub.ts";
import { type Access, type AnyRoute, route } from "../../http/dialect.ts";
import { identityClaims } from "./bearer.ts";
import { endPlatformKey, makePlatformKey } from "./keys.ts";
import { REPEAT_WINDOW_MS, RepeatedGets } from "./repeated-get.ts";
import * as wire from "./wire.ts";

const TAKES = ["session", "platform_key", "zen_bearer", "personal_token"] as const;
const SIGNED_IN: Access = { takes: TAKES };
const MAKE_KEYS: Access = { takes: TAKES, fresh: true };
/** As they are today, and as they were before 4.0. */
const BASES = ["/usermgmt/v1", "/api/v1/usermgmt/v1"];

/** The user's own platform key. */
export function userRoutes(hub: Hub): readonly AnyRoute[] {
  const repeated = new RepeatedGets(hub);
  return BASES.flatMap((base) => [
    ...keyRoutes(`${base}/user/apiKey`, repeated),
    route({
      method: "GET",
      path: `${base}/user/currentUserInfo`,
      access: SIGNED_IN,
      read: () => null,
      run: async (_hub, _input, { account }) => account,
      write: (account) => ({
        status: 200,
        body: {
          ...(account
            ? { ...identityClaims(account), user_name: account.username, email: account.email }
            : {}),
          _messageCode_: "success",
          message: "success",
        },
      }),
    }),
  ]);
}

function keyRoutes(path: string, repeated: RepeatedGets): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path,
      access: MAKE_KEYS,
      // IBM's "Get API key": a GET that makes a new one and ends the old.
      changesState: true,
      read: ({ headers }) => ({ shown: headers.authorization ?? headers.cookie ?? "" }),
      run: (hub, { shown }, caller) => {
        const key = hub.mac("zen-get", `${caller.account?.id}/${shown}`).slice(0, 16);
        return repeated.answer(key, () => makePlatformKey(hub, caller, { key, withinMs: REPEAT_WINDOW_MS }));
      },
      write: wire.writeKey,
    }),
    ...[path, `${path}/regenerate`].map((made) =>
      route({
        method: "POST",
        path: made,
        access: MAKE_KEYS,
        read: () => null,
        run: (hub, _input, caller) => makePlatformKey(hub, caller),
        write: wire.writeKey,
      }),
    ),
    route({
      method: "DELETE",
      path,
      access: SIGNED_IN,
      read: () => null,
      run: (hub, _input, caller) => endPlatformKey(hub, caller),
      write: () => ({ status: 204 }),
    }),
  ];
}
