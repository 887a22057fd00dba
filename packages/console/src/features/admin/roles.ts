import type { Role } from "@mintmark/sdk";

export const ROLES: readonly (readonly [Role, string])[] = [
  ["member", "Member"],
  ["auditor", "Auditor: sees everything, changes nothing"],
  ["admin", "Administrator"],
];
