import { type Static, Type } from "typebox";
import type { Caller } from "../../core/caller.ts";
import { formatDuration } from "../../core/duration.ts";
import type { Hub } from "../../core/hub.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { OWN_THINGS, SIGNED_IN } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";

const SettingsView = Type.Object({
  mail: Type.Boolean({ description: "whether this hub sends mail" }),
  mailProblem: Type.Union([Type.String(), Type.Null()], {
    description:
      "for administrators and auditors: the mail server's refusal of the hub itself, which stops all mail",
  }),
  expiring: Type.Boolean({
    description: "true if the caller gets mail before a credential expires on its date",
  }),
  idle: Type.Boolean({
    description: "true if the caller gets mail before a credential expires for lack of use",
  }),
  email: Type.Union([Type.String(), Type.Null()], { description: "the caller's mail address" }),
  warnBefore: Type.Array(Type.String(), {
    description: "how long before the expiry date there is a warning",
  }),
  warnIdle: Type.Array(Type.String(), {
    description: "after which shares of the idle time there is a warning",
  }),
  offlineIdle: Type.String({ description: "after how long without a use an offline token expires" }),
  touch: Type.Boolean({ description: "whether credentials may be kept alive without a use" }),
});

const ChangeBody = Type.Object({
  expiring: Type.Optional(Type.Boolean()),
  idle: Type.Optional(Type.Boolean()),
});
const readChange = reader(ChangeBody, { strict: true });

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
      run: (hub, _input, caller) => viewFor(hub, caller),
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "PATCH",
      path: `${base}/notifications`,
      access: OWN_THINGS,
      description: {
        id: "updateNotifications",
        summary:
          "Switch mail about the caller's own credentials on or off; webhooks and headers are not affected",
        tag: "notifications",
        body: ChangeBody,
        status: 200,
        answer: SettingsView,
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: (request) => readChange(readJson(request) ?? {}),
      run: async (hub, change, caller) => {
        await hub.notifications.change(change, caller);
        return viewFor(hub, caller);
      },
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

async function viewFor(hub: Hub, caller: Caller): Promise<Static<typeof SettingsView>> {
  const mayKnow = caller.account?.role !== "member";
  return {
    ...settingsOf(hub),
    ...(await hub.notifications.own(caller)),
    mailProblem: mayKnow ? await hub.notifications.problem() : null,
    email: caller.account?.email ?? null,
  };
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
