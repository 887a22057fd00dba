import type { AuthorizationCode, Client, DeviceGrant } from "./client.ts";

export interface ClientReads {
  find(id: string): Promise<Client | null>;
  list(): Promise<readonly Client[]>;
  findDeviceGrant(by: { deviceDigest: string } | { userCode: string }): Promise<DeviceGrant | null>;
}

export interface ClientWrites extends ClientReads {
  /** Throws `client_exists`. */
  insert(client: Client): Promise<void>;
  remove(id: string): Promise<boolean>;
  insertCode(code: AuthorizationCode): Promise<void>;
  /** Takes the code out: of many callers, one gets it. */
  takeCode(digest: string): Promise<AuthorizationCode | null>;
  insertDeviceGrant(grant: DeviceGrant): Promise<void>;
  updateDeviceGrant(
    deviceDigest: string,
    change: Partial<
      Pick<DeviceGrant, "state" | "accountId" | "accountEpoch" | "polledAt" | "intervalSeconds">
    >,
  ): Promise<void>;
  /** Takes the grant out: of many callers, one gets it. */
  takeDeviceGrant(deviceDigest: string): Promise<DeviceGrant | null>;
  removeExpiredCodes(now: number): Promise<void>;
}
