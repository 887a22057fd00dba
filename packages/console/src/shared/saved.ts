import { createContext, useContext } from "react";
import { forgetUnsaved } from "./unsaved.ts";

/**
 * Told when the person has copied, seen or saved a secret that is shown. A dialog has its own; elsewhere the
 * page may then be left without a question.
 */
export const SavedContext = createContext<() => void>(forgetUnsaved);

export function useSaved(): () => void {
  return useContext(SavedContext);
}
