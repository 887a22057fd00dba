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
      "administrators and auditors: how the mail server refused the hub itself, so that nobody gets mail",
  }),
  expiring: Type.Boolean({ description: "the caller gets mail before a fixed end" }),
  idle: Type.Boolean({ description: "the caller gets mail before an end by disuse" }),
  email: Type.Union([Type.String(), Type.Null()], { description: "where the caller's mail goes" }),
  warnBefore: Type.Array(Type.String(), { description: "how long before a fixed end there is a warning" }),
  warnIdle: Type.Array(Type.String(), { description: "after which shares of the idle time" }),
  offlineIdle: Type.String({ description: "how long an offline token lasts without a use" }),
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
        summary: "Switch mail about one's own credentials on or off; webhooks and headers tell all the same",
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
