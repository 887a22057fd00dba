/** A person who answers for a service. */
export interface Steward {
  readonly accountId: string;
  readonly username: string;
  readonly disabled: boolean;
  /** The identity provider refuses the person at present. */
  readonly suspended: boolean;
}

export interface ServiceReads {
  /** By user name. */
  stewards(serviceId: string): Promise<readonly Steward[]>;
  isSteward(serviceId: string, accountId: string): Promise<boolean>;
  /** The ids of the services that an account is a steward of. */
  stewardedBy(accountId: string): Promise<readonly string[]>;
  /** The id of the service's OAuth client, or null. */
  clientOf(serviceId: string): Promise<string | null>;
}

export interface ServiceWrites extends ServiceReads {
  /** Replaces all of them. */
  setStewards(serviceId: string, accountIds: readonly string[]): Promise<void>;
}
