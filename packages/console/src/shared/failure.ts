import { createContext, useContext } from "react";

/** Why the form around was refused, and the field at fault if the server names one. */
export interface Failure {
  readonly field: string | null;
  readonly sentence: string;
}

export const FailureContext = createContext<Failure | null>(null);

/** The sentence for this field of the form, if it is the one at fault. */
export function useFieldFailure(name: string | undefined): string | null {
  const failure = useContext(FailureContext);
  // A refused member of a list, `scopes[1]` or `filter.owner`, is the field's own fault.
  const field = failure?.field?.split(/[.[]/)[0];
  return failure && name !== undefined && field === name ? failure.sentence : null;
}
