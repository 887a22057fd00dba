/** A service instance that can have instance keys. */
export interface Instance {
  readonly id: string;
  readonly displayName: string;
  readonly createdAt: number;
}

/** The rule of `isInstanceId`, for errors. */
export const INSTANCE_ID_FORM =
  "1 to 64 letters, digits, dots, underscores or dashes, a letter or digit first";
const INSTANCE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isInstanceId(text: string): boolean {
  return INSTANCE_ID.test(text);
}
