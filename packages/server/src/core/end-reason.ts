/** Why a credential ended. */
export type EndReason =
  | "revoked"
  | "replaced"
  | "rotated"
  | "expired"
  | "inactive"
  | "owner_disabled"
  | "owner_deleted"
  | "password_reset"
  | "instance_deleted"
  | "client_deleted"
  | "leaked"
  | "policy";
