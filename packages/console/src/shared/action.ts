import { MintmarkError } from "@mintmark/sdk";
import { useState } from "react";
import type { Failure } from "./failure.ts";
import { sentenceOf } from "./hub.ts";

export interface Action<Input extends readonly unknown[]> {
  readonly busy: boolean;
  /** The failure of the last run, as a sentence. */
  readonly problem: string | null;
  /** The same failure with the field at fault. */
  readonly failure: Failure | null;
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
  const [failure, setFailure] = useState<Failure | null>(null);
  return {
    busy,
    problem: failure?.sentence ?? null,
    failure,
    forget: () => setFailure(null),
    run: async (...input) => {
      if (busy) {
        return;
      }
      setBusy(true);
      setFailure(null);
      try {
        await act(...input);
      } catch (error) {
        const field = error instanceof MintmarkError ? (error.field ?? null) : null;
        setFailure({ field, sentence: sentenceOf(error) });
      } finally {
        setBusy(false);
      }
    },
  };
}
