import type { Credential } from "@mintmark/sdk";
import { hub, useHub } from "./hub.ts";
import { useSession } from "./session.ts";

/** As what a person may change a credential: its owner and stewards everything, administrators less. */
export type Hold = "owner" | "administrator" | null;

/** How the person who is signed in holds each credential. */
export function useHold(): (credential: Credential) => Hold {
  const { username, role } = useSession().session.user;
  const services = useHub(["services", "all"], (signal) => hub.listServices({ limit: 200 }, { signal }), {
    enabled: role !== "member",
  });
  return ({ owner }) => {
    // A member sees no other credentials but those of services whose steward the member is.
    if (owner === username || (role === "member" && owner !== null)) {
      return "owner";
    }
    const service = services.data?.services.find(({ name }) => name === owner);
    if (service?.stewards.includes(username)) {
      return "owner";
    }
    return role === "admin" ? "administrator" : null;
  };
}

/** True while it can be changed: it has neither expired nor been revoked. */
export function isLive({ state }: Credential): boolean {
  return state === "active" || state === "frozen";
}

/** True if the holder may thaw it: what an administrator or the hub froze, only an administrator thaws. */
export function mayThaw({ frozen }: Credential, hold: Hold): boolean {
  return hold === "administrator" || (hold === "owner" && frozen?.class === "owner");
}
