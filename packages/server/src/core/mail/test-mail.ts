import { AttemptWindow } from "../attempt-window.ts";
import type { Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError, invariant } from "../errors.ts";
import { canBeMailed } from "../events/recipients.ts";
import { newId } from "../ids.ts";
import { requireStanding } from "../standing.ts";
import { noteProblem } from "./mail-problem.ts";

const WINDOW_MS = 15 * 60_000;
const PER_WINDOW_MAX = 5;

/** Mails that people send to themselves to see whether mail works. */
export class TestMails {
  readonly #context: HubContext;
  readonly #sent: AttemptWindow;

  constructor(context: HubContext) {
    this.#context = context;
    this.#sent = new AttemptWindow(context.clock, { windowMs: WINDOW_MS, max: PER_WINDOW_MAX });
  }

  /** True if the operator named a mail server. */
  get isSet(): boolean {
    return this.#context.outgoing.mail !== null;
  }

  /**
   * The mail server's answer. Throws `mail_not_set`, `no_address`, `too_many_attempts`, `mail_refused` with
   * that answer.
   */
  async send(caller: Caller): Promise<string> {
    const { account } = caller;
    const { clock, entropy, outgoing, policy, store } = this.#context;
    invariant(account, "somebody is signed in");
    if (!outgoing.mail) {
      throw new HubError("mail_not_set");
    }
    if (!canBeMailed(account)) {
      throw new HubError("no_address");
    }
    await requireStanding(this.#context, store.read, caller);
    this.#sent.check(account.id);
    this.#sent.note(account.id);
    const {
      outcome,
      line,
      isMisconfigured = false,
    } = await outgoing.mail.send({
      to: account.email,
      id: newId(clock, entropy),
      content: { template: "test", recipient: account.username, link: `${policy.publicUrl}/` },
    });
    if (outcome !== "later") {
      await store.write((writes) => noteProblem(writes, isMisconfigured ? line : null));
    }
    if (outcome !== "accepted") {
      throw new HubError("mail_refused", { explanation: line });
    }
    return line;
  }
}
