import { Accounts } from "./account/accounts.ts";
import { Sessions } from "./account/sessions.ts";
import { ActivityLedger } from "./activity/activity-ledger.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { streamAuditJob } from "./audit-stream/stream-job.ts";
import type { Caller } from "./caller.ts";
import { Clients } from "./client/clients.ts";
import { Collections } from "./collection/collections.ts";
import { Namespaces } from "./collection/namespaces.ts";
import { Publications } from "./collection/publications.ts";
import type { HubContext, Policy } from "./context.ts";
import { BulkChanges } from "./credential/bulk.ts";
import { Credentials } from "./credential/credentials.ts";
import { Edits } from "./credential/edit.ts";
import { expiryJob } from "./credential/expire.ts";
import { FirstUses } from "./credential/first-uses.ts";
import { Freezes } from "./credential/freeze.ts";
import { Issuance } from "./credential/issue.ts";
import { purgeJob } from "./credential/purge-job.ts";
import { RefusalLog } from "./credential/refusal-log.ts";
import { Revocations } from "./credential/revoke.ts";
import { Rotations } from "./credential/rotate.ts";
import { rotationJob } from "./credential/rotation-job.ts";
import { thawJob } from "./credential/thaw-job.ts";
import { KeepAlive } from "./credential/touch.ts";
import { CredentialUses } from "./credential/uses.ts";
import { Verdicts } from "./credential/verdicts.ts";
import { newId } from "./ids.ts";
import { Instances } from "./instance/instances.ts";
import { Jobs } from "./jobs/jobs.ts";
import { deadKeysJob } from "./keys/dead-keys-job.ts";
import { SigningKeys } from "./keys/signing-keys.ts";
import type { MailResult } from "./mail/mail.ts";
import { mailJob } from "./mail/mail-job.ts";
import { Notifications } from "./mail/notifications.ts";
import { TestMails } from "./mail/test-mail.ts";
import { resealJob } from "./master-key/reseal-job.ts";
import { MetricStream } from "./metric-stream.ts";
import type { RecheckTrouble } from "./provider/ports.ts";
import { recheckJob } from "./provider/recheck-job.ts";
import { ProviderSignIn } from "./provider/sign-in.ts";
import { Receipts } from "./receipt/receipts.ts";
import { RegistryTokens } from "./registry/registry-tokens.ts";
import { decideRestore } from "./restore/decide.ts";
import type { RestoreChoice, Restored, RestoreRecord } from "./restore/restored.ts";
import { Services } from "./service/services.ts";
import { Statistics } from "./statistics/statistics.ts";
import { Robots } from "./team/robots.ts";
import { Teams } from "./team/teams.ts";
import { type Vitals, vitalsOf } from "./vitals.ts";
import { warnJob } from "./warning/warn-job.ts";
import { type Attempt, deliverWebhooksJob } from "./webhook/deliver-job.ts";
import { purgeDeliveriesJob } from "./webhook/purge-deliveries-job.ts";
import { tellWebhooksJob } from "./webhook/tell-job.ts";
import { Webhooks } from "./webhook/webhooks.ts";

/** The verbs that dialects may call: one object per server, created by `createServer`. */
export class Hub {
  readonly #context: HubContext;
  /** The operator's decisions. */
  readonly policy: Policy;
  readonly vitals: Vitals;
  readonly restored: Restored;
  readonly audit: AuditLog;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly credentials: Credentials;
  readonly issuance: Issuance;
  readonly verdicts: Verdicts;
  readonly edits: Edits;
  readonly freezes: Freezes;
  readonly revocations: Revocations;
  readonly rotations: Rotations;
  readonly bulkChanges: BulkChanges;
  readonly keepAlive: KeepAlive;
  readonly firstUses: FirstUses;
  readonly refusals: RefusalLog;
  readonly uses: CredentialUses;
  readonly instances: Instances;
  readonly clients: Clients;
  readonly collections: Collections;
  readonly publications: Publications;
  readonly namespaces: Namespaces;
  readonly keys: SigningKeys;
  readonly registry: RegistryTokens;
  readonly receipts: Receipts;
  readonly activity: ActivityLedger;
  readonly statistics: Statistics;
  readonly webhooks: Webhooks;
  /** Every attempt to deliver to a webhook. */
  readonly webhookAttempts = new MetricStream<Attempt>();
  readonly testMails: TestMails;
  readonly notifications: Notifications;
  /** The result of every attempt to send a warning mail. */
  readonly mailsSent = new MetricStream<MailResult>();
  /** Rechecks of people by their provider that decided nothing. */
  readonly recheckTroubles = new MetricStream<RecheckTrouble>();
  /** How many audit events the audit stream has not got, at each run. */
  readonly auditStreamBehind = new MetricStream<number>();
  readonly jobs: Jobs;
  readonly teams: Teams;
  readonly services: Services;
  readonly signIn: ProviderSignIn;
  readonly robots: Robots;

  constructor(context: HubContext) {
    this.#context = context;
    this.policy = context.policy;
    this.vitals = vitalsOf(context);
    this.restored = context.restored;
    this.audit = new AuditLog(context);
    this.accounts = new Accounts(context);
    this.sessions = new Sessions(context);
    this.credentials = new Credentials(context);
    this.issuance = new Issuance(context);
    this.verdicts = new Verdicts(context);
    this.edits = new Edits(context);
    this.freezes = new Freezes(context);
    this.revocations = new Revocations(context);
    this.firstUses = new FirstUses(context);
    this.rotations = new Rotations(context, this.firstUses);
    this.bulkChanges = new BulkChanges(context);
    this.keepAlive = new KeepAlive(context);
    this.refusals = new RefusalLog(context);
    this.uses = new CredentialUses(context, this);
    this.instances = new Instances(context);
    this.clients = new Clients(context, this.issuance);
    this.collections = new Collections(context);
    this.publications = new Publications(context);
    this.namespaces = new Namespaces(context);
    this.keys = new SigningKeys(context);
    this.registry = new RegistryTokens(context, this.keys);
    this.receipts = new Receipts(context);
    this.activity = new ActivityLedger({ ...context, running: () => this.verdicts.outcomes() });
    this.sessions.outcomes.watch((outcome) => this.activity.noteSignIn(outcome));
    this.statistics = new Statistics(context, this.activity);
    this.webhooks = new Webhooks(context);
    this.testMails = new TestMails(context);
    this.notifications = new Notifications(context);
    const stream = context.outgoing.auditStream;
    this.jobs = new Jobs(context, [
      expiryJob(context),
      thawJob(context),
      rotationJob(context),
      purgeJob(context),
      deadKeysJob(this.keys),
      resealJob(context),
      recheckJob(context, "oidc", this.recheckTroubles),
      recheckJob(context, "ldap", this.recheckTroubles),
      warnJob(context),
      mailJob(context, this.mailsSent),
      tellWebhooksJob(context, () => this.jobs.wake("deliver-webhooks")),
      deliverWebhooksJob(context, this.webhooks, this.webhookAttempts),
      purgeDeliveriesJob(context),
      ...(stream ? [streamAuditJob(context, stream, this.auditStreamBehind)] : []),
    ]);
    this.teams = new Teams(context);
    this.services = new Services(context);
    this.signIn = new ProviderSignIn(context, this.sessions);
    this.robots = new Robots(context, this.issuance);
  }

  /** See `decideRestore`. */
  decideRestore(choice: RestoreChoice, caller: Caller): Promise<RestoreRecord> {
    return decideRestore(this.#context, choice, caller);
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#context.clock.now();
  }

  /** An id that nothing else has, ordered by time. */
  newId(): string {
    return newId(this.#context.clock, this.#context.entropy);
  }

  randomBytes(count: number): Buffer {
    return this.#context.entropy.bytes(count);
  }

  /**
   * A MAC of text for one purpose: two different texts are told apart by it, and it reveals neither.
   * base64url.
   */
  mac(purpose: string, text: string): string {
    return this.#context.keyring.mac(purpose, text);
  }

  /** Throws `store_unavailable` if the store does not answer. */
  ping(): Promise<void> {
    return this.#context.store.ping();
  }
}
