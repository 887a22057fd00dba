import type { GetSessionAnswer } from "@mintmark/sdk";
import { createContext, useContext } from "react";

export interface SignedIn {
  readonly session: GetSessionAnswer;
  signOut(): Promise<void>;
}

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in. Only below the signed-in part of the page. */
export function useSession(): SignedIn {
  const signedIn = useContext(SessionContext);
  if (!signedIn) {
    throw new Error("used outside the signed-in part of the page");
  }
  return signedIn;
}
