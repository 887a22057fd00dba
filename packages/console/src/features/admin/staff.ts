import { useSession } from "../../shared/session.ts";

/** Auditors see everything here and change nothing. */
export function useMayChange(): boolean {
  return useSession().session.user.role === "admin";
}
