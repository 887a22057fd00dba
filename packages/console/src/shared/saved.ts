import { createContext, useContext } from "react";

/** Told when the person has copied, seen or saved the secret of a dialog. */
export const SavedContext = createContext<() => void>(() => undefined);

export function useSaved(): () => void {
  return useContext(SavedContext);
}
