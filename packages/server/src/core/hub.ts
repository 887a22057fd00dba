import { Accounts } from "./account/accounts.ts";
import { Sessions } from "./account/sessions.ts";
import { Clients } from "./client/clients.ts";
import { Collections } from "./collection/collections.ts";
import type { HubContext } from "./context.ts";
import { Credentials } from "./credential/credentials.ts";
import { expiryJob } from "./credential/expire.ts";
import { purgeJob } from "./credential/purge-job.ts";
import { Instances } from "./instance/instances.ts";
import { Jobs } from "./jobs/jobs.ts";
import { deadKeysJob } from "./keys/dead-keys-job.ts";
import { SigningKeys } from "./keys/signing-keys.ts";
import { Receipts } from "./receipt/receipts.ts";
import { RegistryTokens } from "./registry/registry-tokens.ts";

/** The verbs that dialects may call: one object a server, made in `main.ts`. */
export class Hub {
  readonly context: HubContext;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly credentials: Credentials;
  readonly instances: Instances;
  readonly clients: Clients;
  readonly collections: Collections;
  readonly keys: SigningKeys;
  readonly registry: RegistryTokens;
  readonly receipts: Receipts;
  readonly jobs: Jobs;

  constructor(context: HubContext) {
    this.context = context;
    this.accounts = new Accounts(context);
    this.sessions = new Sessions(context);
    this.credentials = new Credentials(context);
    this.instances = new Instances(context);
    this.clients = new Clients(context);
    this.collections = new Collections(context);
    this.keys = new SigningKeys(context);
    this.registry = new RegistryTokens(context, this.keys);
    this.receipts = new Receipts(context);
    this.jobs = new Jobs(context, [expiryJob(context), purgeJob(context), deadKeysJob(this.keys)]);
  }
}
