/**
 * Every option of the server, once. The loader, the help, `docs/reference/options.md` and the type `Config`
 * are derived from this table.
 */
import { S3_KEYS, S3_URL } from "./s3-types.ts";
import { TAKEN_PATHS } from "./taken-paths.generated.ts";
import {
  ADMIN_PASSWORD,
  AUDIT_STREAM,
  CIDR_LIST,
  CIDR_LIST_OR_ANY,
  DURATION,
  DURATION_LIST,
  DURATION_OR_NEVER,
  DURATION_OR_ZERO,
  durationFrom,
  FILE_PATH,
  HOST,
  HOST_LIST,
  ISSUER_URL,
  integer,
  LDAP_FILTER,
  LDAP_URL,
  MAIL_ADDRESS,
  MAIL_URL,
  MASTER_KEY,
  NAMED_DURATION_LIST,
  OIDC_SCOPES,
  ORIGIN_LIST,
  oneOf,
  POSTGRES_URL,
  PUBLIC_URL,
  pathPrefix,
  REALM_NAME,
  SECRET_TEXT,
  SERVICE_NAMES,
  SHARE_LIST,
  size,
  TEXT,
  type ValueType,
} from "./value-types.ts";

export interface Option<T> {
  /** The environment variable. Flag and YAML key follow from it. */
  readonly name: `MINTMARK_${string}`;
  readonly type: ValueType<T>;
  /** As a person would write it; undefined where the option may stay without a value. */
  readonly defaultText: string | undefined;
  /** What the help and the reference page show as the default. */
  readonly defaultWords: string;
  /** Never shown, and also read from the file that `<name>_FILE` names. */
  readonly secret: boolean;
  readonly doc: string;
}

interface Facts<T> {
  readonly type: ValueType<T>;
  readonly doc: string;
}

function option<T>(name: Option<T>["name"], facts: Facts<T> & { readonly default: string }): Option<T> {
  const defaultWords = facts.default === "" ? "none" : `\`${facts.default}\``;
  return { name, type: facts.type, doc: facts.doc, defaultText: facts.default, defaultWords, secret: false };
}

function optional<T>(
  name: Option<T>["name"],
  facts: Facts<T> & { readonly without: string },
): Option<T | undefined> {
  return {
    name,
    type: facts.type,
    doc: facts.doc,
    defaultText: undefined,
    defaultWords: facts.without,
    secret: false,
  };
}

function secret<T>(
  name: Option<T>["name"],
  facts: Facts<T> & { readonly without: string },
): Option<T | undefined> {
  return { ...optional(name, facts), secret: true };
}

export const OPTIONS = {
  configFile: optional("MINTMARK_CONFIG", {
    type: FILE_PATH,
    without: "none",
    doc: "A YAML file with options, one per line, under their lower-case names (`public_url: https://hub.example.com`) or under the names of the environment variables. Flags and environment win over it. It cannot name another such file.",
  }),
  host: option("MINTMARK_HOST", {
    type: HOST,
    default: "127.0.0.1",
    doc: "The address to listen on. `0.0.0.0` and `::` mean every address of the machine; then set `MINTMARK_PUBLIC_URL` as well.",
  }),
  port: option("MINTMARK_PORT", {
    type: integer("port", { min: 0, max: 65_535 }),
    default: "8080",
    doc: "The port to listen on. `0` takes any free port, which the line `mintmark ready at …` shows.",
  }),
  publicUrl: optional("MINTMARK_PUBLIC_URL", {
    type: PUBLIC_URL,
    without: "`http://<host>:<port>`",
    doc: "The URL by which clients reach the server: it appears in issuers, realms and links. A path is allowed if a proxy serves Mintmark below one; a slash at the end is dropped.",
  }),
  dataDir: option("MINTMARK_DATA_DIR", {
    type: FILE_PATH,
    default: "./data",
    doc: "The directory of the SQLite file, the master key and uploaded collections, created with mode 0700 if missing. A relative path is resolved against the working directory.",
  }),
  databaseUrl: secret("MINTMARK_DATABASE_URL", {
    type: POSTGRES_URL,
    without: "none: SQLite in the data directory",
    doc: "A PostgreSQL database in place of SQLite (`postgres://user:password@host/database`). Any number of nodes may share it, all with the same `MINTMARK_MASTER_KEY`, which is then required.",
  }),
  masterKey: secret("MINTMARK_MASTER_KEY", {
    type: MASTER_KEY,
    without: "made on the first start, in the data directory (0600)",
    doc: "The key that seals signing keys and keys the digests of secrets. Losing it loses every credential; somebody who has it and the database still has no working token, but can sign new ones. Required when `MINTMARK_DATABASE_URL` is set.",
  }),
  artifacts: optional("MINTMARK_ARTIFACTS", {
    type: S3_URL,
    without: "the folder `artifacts` in `MINTMARK_DATA_DIR`",
    doc: "A bucket for uploaded collections (`s3://bucket/prefix?endpoint=https://s3.example.com&region=us-east-1`), so that several nodes need no shared folder. Without `endpoint` it is Amazon's own of the region. Each object is checked against its hash when it is written and when it is read. Uploads are still received in `MINTMARK_DATA_DIR` before they go to the bucket.",
  }),
  artifactsKey: secret("MINTMARK_ARTIFACTS_KEY", {
    type: S3_KEYS,
    without: "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the environment",
    doc: "The access key ID and the secret access key for `MINTMARK_ARTIFACTS`, with a colon (or a space) between them. They need permission to read and write objects and to list the bucket.",
  }),
  endsLog: optional("MINTMARK_ENDS_LOG", {
    type: FILE_PATH,
    without: "none",
    doc: "A file, on another disk than the database, that records every change that takes power away before the change is acknowledged. `mintmark-server restore --ends` reads it, so that a restore revives nothing that ended after the backup. While the file cannot be written, such changes are answered with 503. A full file (64 MB) continues as `FILE.<number>`. With several nodes each needs a file of its own.",
  }),
  adminPassword: secret("MINTMARK_ADMIN_PASSWORD", {
    type: ADMIN_PASSWORD,
    without: "random, printed once",
    doc: "The password that the account `admin` gets on the first start. Later starts ignore it.",
  }),
  trustedProxies: option("MINTMARK_TRUSTED_PROXIES", {
    type: CIDR_LIST,
    default: "",
    doc: "The proxies whose `X-Forwarded-*` headers are believed. Those of other clients are ignored, because a client can send any value.",
  }),
  logLevel: optional("MINTMARK_LOG_LEVEL", {
    type: oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent"),
    without: "`info`, or `warn` where stderr is a terminal",
    doc: "The lowest level that is logged. Each answer has a line at `info`; accepted requests to `/verify` and introspection are counted, and logged only at `debug`.",
  }),
  metricsAllow: option("MINTMARK_METRICS_ALLOW", {
    type: CIDR_LIST_OR_ANY,
    default: "127.0.0.0/8,::1/128",
    doc: "Who may read `/metrics`: addresses and ranges, or `any`. The default is the machine itself.",
  }),
  indexEntries: option("MINTMARK_INDEX_ENTRIES", {
    type: integer("count", { min: 1, max: 10_000_000 }),
    default: "1000000",
    doc: "How many credentials a node keeps in memory, so that verifying them needs no database. Each takes 200 to 300 bytes, and nothing is reserved for those that do not exist. Beyond the bound the ones that were not used lately are dropped from memory, which is slower but never wrong.",
  }),
  sessionLifetimeMs: option("MINTMARK_SESSION_LIFETIME", {
    type: DURATION,
    default: "12h",
    doc: "How long a log-in lasts, as a cookie in a browser or as the bearer of `POST /session`.",
  }),
  freshLoginMs: option("MINTMARK_FRESH_LOGIN", {
    type: DURATION,
    default: "10m",
    doc: "How recent the password log-in of a session must be to create or read a secret.",
  }),
  credentialsPerOwner: option("MINTMARK_CREDENTIALS_PER_OWNER", {
    type: integer("count", { min: 1, max: 1_000_000 }),
    default: "1000",
    doc: "How many active credentials one account may have. At the limit a new one is refused until some are revoked; replacing and rotating still work. A lower value revokes none.",
  }),
  realm: option("MINTMARK_REALM", {
    type: REALM_NAME,
    default: "redhat-external",
    doc: "The name of the realm in automation hub's paths (`/auth/realms/<realm>/…`).",
  }),
  offlineIdleMs: option("MINTMARK_OFFLINE_IDLE", {
    type: DURATION_OR_NEVER,
    default: "30d",
    doc: "An offline token expires after this long without use. Each use extends it. A new value also applies to active tokens; it revives none that has expired.",
  }),
  accessTokenLifetimeMs: option("MINTMARK_ACCESS_TOKEN_LIFETIME", {
    type: DURATION,
    default: "15m",
    doc: "How long a bearer lasts that the realm issues for an offline token.",
  }),
  galaxyPrefix: option("MINTMARK_GALAXY_PREFIX", {
    type: pathPrefix(TAKEN_PATHS, { butFor: "/api/automation-hub" }),
    default: "/api/galaxy",
    doc: "Where the Galaxy API of private automation hub is served. `/api/automation-hub` always works as well.",
  }),
  uploadBytesMax: option("MINTMARK_UPLOAD_LIMIT", {
    type: size({ min: "1MB", max: "4GB" }),
    default: "100MB",
    doc: "The largest accepted collection tarball. A larger one is refused with 413 and this number.",
  }),
  appTokenExpirationMs: option("MINTMARK_APP_TOKEN_EXPIRATION", {
    type: DURATION_OR_NEVER,
    default: "never",
    doc: "The lifetime of new application tokens. Existing ones keep theirs.",
  }),
  appTokenReveal: option("MINTMARK_APP_TOKEN_REVEAL", {
    type: oneOf("once", "always"),
    default: "once",
    doc: "`once` shows an application token when it is created and never again. `always` lets its owner read it again after a fresh log-in; a sealed copy of every token created from then on is kept, so the database together with the master key holds working tokens. Going back to `once` erases the copies at the next start.",
  }),
  registryServices: option("MINTMARK_REGISTRY_SERVICES", {
    type: SERVICE_NAMES,
    default: "mintmark-registry",
    doc: "The container registries that `/v2/auth` signs tokens for: the `service` of their token configuration.",
  }),
  registryTokenLifetimeMs: option("MINTMARK_REGISTRY_TOKEN_LIFETIME", {
    type: durationFrom("60s"),
    default: "5m",
    doc: "How long a registry token lasts. Registries check it by themselves, so a revocation can reach them this late. Clients accept no lifetime below 60 seconds.",
  }),
  corsOrigins: option("MINTMARK_CORS_ORIGINS", {
    type: ORIGIN_LIST,
    default: "",
    doc: "Origins whose pages may call the hub from a browser with a token. Session cookies from other origins are never accepted. Keys and metadata are open to every origin anyway.",
  }),
  realmAlgorithm: option("MINTMARK_REALM_ALGORITHM", {
    type: oneOf("RS256", "ES256"),
    default: "RS256",
    doc: "How realm bearers are signed. Verifiers made for Keycloak accept `RS256`; `ES256` makes shorter tokens at a tenth of the cost. After a change the older keys stay published until their last token has expired.",
  }),
  registryKid: option("MINTMARK_REGISTRY_KID", {
    type: oneOf("libtrust", "rfc7638"),
    default: "libtrust",
    doc: "How registry tokens name their signing key: `libtrust` with the certificate in the token, for registries of the 2.x line and for 3.x with `rootcertbundle`; `rfc7638` (JWK thumbprint, no certificate) for 3.x with `jwks`, the file that `/v2/auth/jwks` gives.",
  }),
  registryHosts: option("MINTMARK_REGISTRY_HOSTS", {
    type: HOST_LIST,
    default: "",
    doc: "The registries that trust this hub, as clients name them (`registry.example.com`, `localhost:5000`). Log-in commands name the first one; without any they name the hub's own host.",
  }),
  registryIdentityTokens: option("MINTMARK_REGISTRY_IDENTITY_TOKENS", {
    type: oneOf("on", "off"),
    default: "on",
    doc: "Whether `docker login` gets a refresh token that docker keeps in place of the password. `off` as in Quay, for programs that read name and password from docker's file: the kubelet, testcontainers.",
  }),
  apiKeyExpirationMs: option("MINTMARK_API_KEY_EXPIRATION", {
    type: DURATION_OR_NEVER,
    default: "never",
    doc: "The lifetime of platform and instance API keys, counted from their creation; it also applies to existing keys.",
  }),
  auditStream: optional("MINTMARK_AUDIT_STREAM", {
    type: AUDIT_STREAM,
    without: "none: the audit log is copied nowhere",
    doc: "Where each audit event is copied to: `syslog+tls://host:6514` (RFC 5424, octet counting), `syslog://host:514` without TLS for this machine and the networks of `MINTMARK_OUTBOUND_ALLOW`, or `file:/path` with one line of JSON per event.",
  }),
  mailUrl: secret("MINTMARK_MAIL_URL", {
    type: MAIL_URL,
    without: "none: no mail is sent",
    doc: "The mail server for warnings: `smtp://user:password@host:587` or `smtps://…`, with the query parameters that nodemailer knows. Needs `MINTMARK_MAIL_FROM`.",
  }),
  mailFrom: optional("MINTMARK_MAIL_FROM", {
    type: MAIL_ADDRESS,
    without: "none",
    doc: "The sender of mails: `hub@example.com` or `Mintmark <hub@example.com>`.",
  }),
  mailTemplates: optional("MINTMARK_MAIL_TEMPLATES", {
    type: FILE_PATH,
    without: "none: the templates that come with Mintmark",
    doc: "A folder whose files `warnings.txt`, `warnings.html`, `test.txt` and `test.html` take the place of the built-in templates of mails. Any of them may be missing.",
  }),
  touch: option("MINTMARK_TOUCH", {
    type: oneOf("allow", "forbid"),
    default: "allow",
    doc: "Whether owners may keep a credential alive that expires for lack of use, without using it, at most three times in a row.",
  }),
  warnBefore: option("MINTMARK_WARN_BEFORE", {
    type: NAMED_DURATION_LIST,
    default: "30d,7d,1d",
    doc: "How long before a credential's expiry date its owner is warned. Thresholds that are as long as the whole lifetime, or longer, are skipped. Empty: no warnings.",
  }),
  warnIdle: option("MINTMARK_WARN_IDLE", {
    type: SHARE_LIST,
    default: "50%,75%,90%",
    doc: "After which shares of its idle time without a use the owner of a credential is warned. Empty: no warnings.",
  }),
  outboundAllow: option("MINTMARK_OUTBOUND_ALLOW", {
    type: CIDR_LIST,
    default: "",
    doc: "Networks that webhooks may call although they are not public. Without it loopback, link-local, private, shared, multicast and unspecified addresses are refused, however a name resolves.",
  }),
  deliveryRetriesMs: option("MINTMARK_DELIVERY_RETRIES", {
    type: DURATION_LIST,
    default: "5s,5m,30m,2h,5h,10h,14h,20h,24h",
    doc: "How long to wait before each further attempt to deliver an event. A webhook that refuses after the last one is marked as failing; for mail the last value repeats.",
  }),
  replaceOverlapMs: option("MINTMARK_REPLACE_OVERLAP", {
    type: DURATION_OR_ZERO,
    default: "0s",
    doc: "How long the old secret still works after a new API token of private automation hub or a new platform or instance API key replaces it. `0s` ends it at once, as the original systems do. Deleting the token or key always ends all of them at once.",
  }),
  zenTokenLifetimeMs: option("MINTMARK_ZEN_TOKEN_LIFETIME", {
    type: DURATION,
    default: "12h",
    doc: "How long a bearer lasts that `/icp4d-api/v1/authorize` issues.",
  }),
  localSignIn: option("MINTMARK_LOCAL_SIGN_IN", {
    type: oneOf("on", "hidden"),
    default: "on",
    doc: "`hidden` removes the form for local accounts from the sign-in pages; it stays at `/sign-in/local`.",
  }),
  oidcIssuer: optional("MINTMARK_OIDC_ISSUER", {
    type: ISSUER_URL,
    without: "none: nobody signs in by OpenID",
    doc: "The organisation's OpenID provider, as its discovery document names it. Its client needs the redirect URI `<public url>/sign-in/oidc/callback`.",
  }),
  oidcClientId: optional("MINTMARK_OIDC_CLIENT_ID", {
    type: TEXT,
    without: "none",
    doc: "The hub's client id at the provider. Needed with `MINTMARK_OIDC_ISSUER`.",
  }),
  oidcClientSecret: secret("MINTMARK_OIDC_CLIENT_SECRET", {
    type: SECRET_TEXT,
    without: "none: a public client, protected by PKCE",
    doc: "The secret of that client.",
  }),
  oidcScopes: option("MINTMARK_OIDC_SCOPES", {
    type: OIDC_SCOPES,
    default: "openid profile email groups",
    doc: "What the hub asks the provider for. With `offline_access` the hub asks the provider again about each person, see `MINTMARK_OIDC_RECHECK`.",
  }),
  oidcName: option("MINTMARK_OIDC_NAME", {
    type: TEXT,
    default: "single sign-on",
    doc: 'What the button says after "Sign in with".',
  }),
  oidcUsernameClaim: option("MINTMARK_OIDC_USERNAME_CLAIM", {
    type: TEXT,
    default: "preferred_username",
    doc: "The claim that becomes the user name of a new account. Without it nobody can sign in; the e-mail address is never used instead.",
  }),
  oidcGroupsClaim: option("MINTMARK_OIDC_GROUPS_CLAIM", {
    type: TEXT,
    default: "groups",
    doc: "The claim that lists the groups. If it is missing the person has none.",
  }),
  oidcAdminGroup: optional("MINTMARK_OIDC_ADMIN_GROUP", {
    type: TEXT,
    without: "none: administrators are named in the hub",
    doc: "The group whose members are administrators. A person who leaves it loses the role at the next sign-in or recheck.",
  }),
  oidcAuditorGroup: optional("MINTMARK_OIDC_AUDITOR_GROUP", {
    type: TEXT,
    without: "none",
    doc: "The group whose members are auditors.",
  }),
  oidcRequiredGroup: optional("MINTMARK_OIDC_REQUIRED_GROUP", {
    type: TEXT,
    without: "none: everybody whom the provider knows",
    doc: "The group that a person must be in to sign in.",
  }),
  oidcRecheckMs: option("MINTMARK_OIDC_RECHECK", {
    type: DURATION,
    default: "1h",
    doc: "How often the provider is asked about each person, by a refresh token that is kept sealed. Two refusals in a row suspend the account; the next acceptance ends the suspension.",
  }),
  ldapUrl: optional("MINTMARK_LDAP_URL", {
    type: LDAP_URL,
    without: "none: no directory is asked",
    doc: "The LDAP directory that checks user names and passwords: `ldaps://…`, or `ldap://…` with StartTLS (without it on this machine alone). Needs `MINTMARK_LDAP_BASE`. Local accounts come first.",
  }),
  ldapBindDn: optional("MINTMARK_LDAP_BIND_DN", {
    type: TEXT,
    without: "none: an anonymous search",
    doc: "The distinguished name that the hub binds as to search.",
  }),
  ldapBindPassword: secret("MINTMARK_LDAP_BIND_PASSWORD", {
    type: SECRET_TEXT,
    without: "none",
    doc: "The password of `MINTMARK_LDAP_BIND_DN`.",
  }),
  ldapBase: optional("MINTMARK_LDAP_BASE", {
    type: TEXT,
    without: "none",
    doc: "The entry below which people are searched.",
  }),
  ldapFilter: option("MINTMARK_LDAP_FILTER", {
    type: LDAP_FILTER,
    default: "(uid={username})",
    doc: "The filter that finds a person's entry. The escaped user name replaces `{username}`. For Active Directory: `(sAMAccountName={username})`.",
  }),
  ldapGroupAttribute: option("MINTMARK_LDAP_GROUP_ATTRIBUTE", {
    type: TEXT,
    default: "memberOf",
    doc: "The attribute that lists the groups, as distinguished names.",
  }),
  ldapAdminGroup: optional("MINTMARK_LDAP_ADMIN_GROUP", {
    type: TEXT,
    without: "none: administrators are named in the hub",
    doc: "The distinguished name of the administrators' group. Case does not count.",
  }),
  ldapAuditorGroup: optional("MINTMARK_LDAP_AUDITOR_GROUP", {
    type: TEXT,
    without: "none",
    doc: "The distinguished name of the auditors' group.",
  }),
  ldapRequiredGroup: optional("MINTMARK_LDAP_REQUIRED_GROUP", {
    type: TEXT,
    without: "none: everybody whom the directory knows",
    doc: "The distinguished name of the group that a person must be in to sign in.",
  }),
  ldapRecheckMs: option("MINTMARK_LDAP_RECHECK", {
    type: DURATION,
    default: "1h",
    doc: "How often the directory is asked about each person. A person who is missing or locked twice in a row is suspended.",
  }),
  ldapCaFile: optional("MINTMARK_LDAP_CA_FILE", {
    type: FILE_PATH,
    without: "none: Node's authorities",
    doc: "A PEM file with the authority that signed the directory's certificate.",
  }),
} as const;

export type OptionKey = keyof typeof OPTIONS;

/**
 * The options as the server uses them: durations in milliseconds, null for `never`, undefined where nothing
 * was given and nothing stands in.
 */
export type Config = {
  readonly [Key in OptionKey]: (typeof OPTIONS)[Key] extends Option<infer Value> ? Value : never;
};

export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

const NAME_PREFIX = "MINTMARK_";

/** `MINTMARK_DATA_DIR` → `--data-dir` */
export function flagOf(name: string): string {
  return `--${name.slice(NAME_PREFIX.length).toLowerCase().replaceAll("_", "-")}`;
}

/** `MINTMARK_DATA_DIR` → `data_dir` */
export function yamlKeyOf(name: string): string {
  return name.slice(NAME_PREFIX.length).toLowerCase();
}

/** The name of the form that names a file with the secret in it. */
export function fileFormOf(name: string): string {
  return `${name}_FILE`;
}

/** Every name that a source may give: the options and the `_FILE` forms of the secret ones. */
export const GIVEN_NAMES: readonly string[] = OPTION_KEYS.flatMap((key) => {
  const { name, secret } = OPTIONS[key];
  return secret ? [name, fileFormOf(name)] : [name];
});
