import { EXAMPLE_APP_TOKEN, EXAMPLE_SECRET } from "./answer-values.ts";

const NEVER_USED = { state: "active", neverUsed: true } as const;

/** The example body of each operation that takes one, by the operation's id. */
export const REQUEST_EXAMPLES: Readonly<Record<string, unknown>> = {
  openSession: { username: "ada", password: "correct horse battery" },
  changePassword: {
    currentPassword: "correct horse battery",
    newPassword: "staple battery horse correct",
  },
  createUser: {
    username: "grace",
    password: "correct horse battery",
    displayName: "Grace Hopper",
    email: "grace@example.com",
    role: "member",
  },
  updateUser: { displayName: "Grace Hopper", role: "auditor" },
  setGrants: { grants: ["collection:acme.*:upload,download", "repository:acme/*:pull"] },
  addGrant: { grant: "collection:acme.*:upload" },
  removeGrant: { grant: "collection:acme.*:upload" },
  setSharedGrants: { grants: ["collection:*:download"] },
  createTeam: {
    name: "acme",
    description: "Builds and publishes acme's collections",
    grants: ["collection:acme.*:upload,download"],
  },
  updateTeam: { grants: ["collection:acme.*:download"] },
  createService: {
    name: "acme-build",
    description: "Builds and publishes acme's collections",
    stewards: ["ada"],
    grants: ["collection:acme.*:upload"],
  },
  updateService: { description: "Builds acme's collections every night" },
  setServiceGrants: { grants: ["collection:acme.*:upload"] },
  lookUpSecret: { secret: EXAMPLE_SECRET },
  createCredential: {
    kind: "personal_token",
    title: "nightly build",
    scopes: ["collection:acme.*:upload"],
    expiresAt: "2027-02-01T00:00:00Z",
    note: "Runs on build-7; ask the build team",
  },
  revokeCredential: { reason: "The laptop is lost" },
  editCredential: { title: "weekly build", addresses: ["192.0.2.0/24"] },
  revokeCredentials: { all: true, reason: "Ada has left" },
  freezeCredential: { reason: "The laptop is lost", until: "2027-02-01T00:00:00Z" },
  thawCredential: {},
  rotateCredential: { old: { mode: "timed", for: "7d" } },
  rotateSelf: { old: { mode: "first_use", deadline: "7d" } },
  changeCredentials: { action: "revoke", filter: NEVER_USED, reason: "Never used" },
  createInstance: { id: "sales", displayName: "Sales data" },
  createClient: {
    clientId: "acme-build",
    name: "Acme's build",
    type: "confidential",
    scopes: ["hub:introspect:use"],
  },
  introspectMany: { secrets: [EXAMPLE_SECRET], peek: true },
  checkSecret: { secret: EXAMPLE_SECRET },
  createWebhook: {
    url: "https://chat.example.com/hooks/mintmark",
    events: ["credential.expiring", "credential.revoked"],
    description: "Tells the chat room",
  },
  updateWebhook: { state: "disabled" },
  updateNotifications: { expiring: true, idle: false },
  makeLoginPieces: { secret: EXAMPLE_APP_TOKEN, registry: "registry.example.com" },
  decideRestored: { choice: "accept" },
};
