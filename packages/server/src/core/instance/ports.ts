import type { Instance } from "./instance.ts";

export interface InstanceReads {
  find(id: string): Promise<Instance | null>;
  list(): Promise<readonly Instance[]>;
}

export interface InstanceWrites extends InstanceReads {
  /** Throws `instance_exists`. */
  insert(instance: Instance): Promise<void>;
  remove(id: string): Promise<boolean>;
}
