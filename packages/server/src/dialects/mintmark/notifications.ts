import { Type } from "typebox";
import { formatDuration } from "../../core/duration.ts";
import type { Hub } from "../../core/hub.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { SIGNED_IN } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";

const SettingsView = Type.Object({
  mail: Type.Boolean({ description: "whether this hub sends mail" }),
  email: Type.Union([Type.String(), Type.Null()], { description: "where the caller's mail goes" }),
  warnBefore: Type.Array(Type.String(), { description: "how long before a fixed end there is a warning" }),
  warnIdle: Type.Array(Type.String(), { description: "after which shares of the idle time" }),
  offlineIdle: Type.String({ description: "how long an offline token lasts without a use" }),
  touch: Type.Boolean({ description: "whether credentials may be kept alive without a use" }),
});

/** What people are notified of by mail, and a test of the mail server. */
export function notificationRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/notifications`,
      access: SIGNED_IN,
      description: {
        id: "getNotifications",
        summary: "How the caller is warned before credentials end",
        tag: "notifications",
        status: 200,
        answer: SettingsView,
        refusals: [401],
      } satisfies RouteDescription,
      read: () => null,
      run: async (hub, _input, caller) => ({
        ...settingsOf(hub),
        email: caller.account?.email ?? null,
      }),
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "POST",
      path: `${base}/notifications/test`,
      access: SIGNED_IN,
      description: {
        id: "testNotification",
        summary: "Send a mail to the caller's own address; the answer is what the mail server said",
        tag: "notifications",
        status: 200,
        answer: Type.Object({ response: Type.String() }),
        refusals: [401, 409, 429, 502],
      } satisfies RouteDescription,
      read: () => null,
      run: (hub, _input, caller) => hub.testMails.send(caller),
      write: (response) => ({ status: 200, body: { response } }),
    }),
  ];
}

function settingsOf({ policy, testMails }: Hub) {
  return {
    mail: testMails.isSet,
    warnBefore: policy.warnBefore.map(({ text }) => text),
    warnIdle: policy.warnIdle.map(({ text }) => text),
    offlineIdle: formatDuration(policy.offlineIdleMs),
    touch: policy.touch === "allow",
  };
}
