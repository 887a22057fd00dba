/** A service instance that can have instance keys. */
export interface Instance {
  readonly id: string;
  readonly displayName: string;
  readonly createdAt: number;
}

const INSTANCE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isInstanceId(text: string): boolean {
  return INSTANCE_ID.test(text);
}
