import type {
  GetCollectionAnswer,
  GetCredentialAnswer,
  GetUserAnswer,
  ListClientsAnswer,
  ListCollectionsAnswer,
  ListEventsAnswer,
  ListInstancesAnswer,
  ListKeysAnswer,
  ListServicesAnswer,
  ListTeamsAnswer,
} from "./api.generated.ts";

export type * from "./api.generated.ts";
export type { CallOptions } from "./call.ts";
export { MintmarkClient, type MintmarkClientOptions, pagesOf } from "./client.ts";
export { MintmarkError } from "./error.ts";

export type Credential = GetCredentialAnswer;
export type CredentialKind = Credential["kind"];
export type User = GetUserAnswer;
export type Role = User["role"];
export type Team = ListTeamsAnswer["teams"][number];
export type Service = ListServicesAnswer["services"][number];
export type Instance = ListInstancesAnswer["instances"][number];
export type OAuthClient = ListClientsAnswer["clients"][number];
export type AuditEvent = ListEventsAnswer["events"][number];
export type SigningKey = ListKeysAnswer["keys"][number];
export type Collection = ListCollectionsAnswer["collections"][number];
export type CollectionVersion = GetCollectionAnswer["versions"][number];
