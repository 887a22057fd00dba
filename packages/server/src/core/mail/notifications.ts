import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { invariant } from "../errors.ts";
import { requireStanding } from "../standing.ts";
import { WARNING_CAUSES, type WarningCause } from "../warning/warning.ts";
import { mailProblem } from "./mail-problem.ts";

/** Of which warnings a person gets mail. */
export type NotificationSettings = Readonly<Record<WarningCause, boolean>>;

/** What people choose about their own mail, and whether mail works at all. */
export class Notifications {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** The answer with which the mail server refused the hub itself, or null. */
  problem(): Promise<string | null> {
    return mailProblem(this.#context.store.read);
  }

  /** The caller's own settings. */
  async own({ account }: Caller): Promise<NotificationSettings> {
    invariant(account, "somebody is signed in");
    return settingsOf(await this.#context.store.read.mail.mutedCauses(account.id));
  }

  /** Changes the caller's own settings, audited. Throws like `requireStanding`. */
  async change(
    change: { readonly [Cause in WarningCause]?: boolean | undefined },
    caller: Caller,
  ): Promise<NotificationSettings> {
    const { account } = caller;
    invariant(account, "somebody is signed in");
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const before = settingsOf(await writes.mail.mutedCauses(account.id));
      const after = settingsFrom((cause) => change[cause] ?? before[cause]);
      if (WARNING_CAUSES.some((cause) => before[cause] !== after[cause])) {
        await writes.mail.mute(
          account.id,
          WARNING_CAUSES.filter((cause) => !after[cause]),
        );
        await writes.audit.append({
          action: "notification.update",
          actor: actorOf(caller),
          owner: ownerOf(account),
          credentialId: null,
          details: { before, after },
        });
      }
      return after;
    });
  }
}

function settingsOf(muted: readonly WarningCause[]): NotificationSettings {
  return settingsFrom((cause) => !muted.includes(cause));
}

function settingsFrom(isOn: (cause: WarningCause) => boolean): NotificationSettings {
  const settings = WARNING_CAUSES.map((cause) => [cause, isOn(cause)]);
  return Object.fromEntries(settings) as Record<WarningCause, boolean>;
}
