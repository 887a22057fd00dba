import { useState } from "react";
import { sentenceOf } from "./hub.ts";

export interface Action<Input extends readonly unknown[]> {
  readonly busy: boolean;
  /** The failure of the last run, as a sentence. */
  readonly problem: string | null;
  run(...input: Input): Promise<void>;
  forget(): void;
}

/**
 * An action of a person: at most one at a time, with its failure as a sentence. Its result goes to the
 * component's state and into no cache, since it may be a secret.
 */
export function useAction<Input extends readonly unknown[]>(
  act: (...input: Input) => Promise<void>,
): Action<Input> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  return {
    busy,
    problem,
    forget: () => setProblem(null),
    run: async (...input) => {
      if (busy) {
        return;
      }
      setBusy(true);
      setProblem(null);
      try {
        await act(...input);
      } catch (error) {
        setProblem(sentenceOf(error));
      } finally {
        setBusy(false);
      }
    },
  };
}
