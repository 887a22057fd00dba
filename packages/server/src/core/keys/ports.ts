import type { KeyPurpose, SigningKeyRecord } from "./signing-key.ts";

export interface KeyReads {
  list(purpose?: KeyPurpose): Promise<readonly SigningKeyRecord[]>;
}

export interface KeyWrites extends KeyReads {
  insert(key: SigningKeyRecord): Promise<void>;
  update(
    id: string,
    change: Partial<Pick<SigningKeyRecord, "state" | "activatedAt" | "retiredAt" | "longestTokenMs">>,
  ): Promise<void>;
  remove(id: string): Promise<void>;
}
