import { HubError } from "../errors.ts";

const PASSWORD_BYTES_MIN = 12;
export const PASSWORD_BYTES_MAX = 1024;

/** Throws `malformed_request` for a password outside the limits. */
export function checkNewPassword(password: string, field: string): void {
  const bytes = Buffer.byteLength(password);
  if (bytes < PASSWORD_BYTES_MIN || bytes > PASSWORD_BYTES_MAX) {
    throw new HubError("malformed_request", {
      field,
      explanation: `A password has ${PASSWORD_BYTES_MIN} to ${PASSWORD_BYTES_MAX} bytes.`,
    });
  }
}
