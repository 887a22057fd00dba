/**
 * One file for each claim, in the order of the table. Each runs in a process of its own, so that none
 * inherits the heap of another.
 */
export const CLAIMS = [
  "verify-core",
  "verify-http",
  "better-auth",
  "oidc-provider",
  "refresh",
  "registry-auth",
  "http-get",
  "issue",
  "million",
  "revocation",
  "stalls",
  "sdk-verify",
  "console-list",
] as const;
