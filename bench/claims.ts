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
  "gateway",
  "http-get",
  "issue",
  "million",
  "ten-million",
  "nodes",
  "revocation",
  "stalls",
  "sdk-verify",
  "console-list",
] as const;
