import { HubError } from "../errors.ts";
import type { HashTurn, PasswordHasher } from "../world.ts";

const PASSWORD_BYTES_MIN = 12;
export const PASSWORD_BYTES_MAX = 1024;

/** Throws `malformed_request` for a password outside the limits. */
export function checkNewPassword(password: string, field: string): void {
  const bytes = Buffer.byteLength(password);
  if (bytes < PASSWORD_BYTES_MIN || bytes > PASSWORD_BYTES_MAX) {
    throw new HubError("malformed_request", {
      field,
      explanation: `A password must have ${PASSWORD_BYTES_MIN} to ${PASSWORD_BYTES_MAX} bytes.`,
    });
  }
}

/**
 * Hashes the composed form of the password (Unicode NFC). Keyboards of macOS send `ü` as two code points
 * where other systems send one, and people cannot see the difference.
 */
export function hashPassword(passwords: PasswordHasher, password: string, turn?: HashTurn): Promise<string> {
  return passwords.hash(password.normalize("NFC"), turn);
}

/** True for each spelling of the password, and for a hash of what was typed, as older versions made it. */
export async function verifyPassword(
  passwords: PasswordHasher,
  { phc, password }: { readonly phc: string; readonly password: string },
  turn: HashTurn,
): Promise<boolean> {
  const composed = password.normalize("NFC");
  return (
    (await passwords.verify(phc, composed, turn)) ||
    (composed !== password && (await passwords.verify(phc, password, turn)))
  );
}
