import type { Crumb } from "../../shared/page.tsx";

const ADMIN = "/admin/credentials";
const OWN = "/overview";

/** Where the page of a credential belongs: to the person's own list, or to that of the administration. */
export function placeOf(pathname: string): { readonly base: string; readonly trail: Crumb } {
  return pathname.startsWith(`${ADMIN}/`)
    ? { base: ADMIN, trail: { to: ADMIN, title: "Credentials" } }
    : { base: OWN, trail: { to: OWN, title: "Overview" } };
}
