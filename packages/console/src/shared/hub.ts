import { MintmarkClient, MintmarkError } from "@mintmark/sdk";
import { keepPreviousData, QueryClient, type UseQueryResult, useQuery } from "@tanstack/react-query";

/** Resolves with true once the person has signed in again. */
export type LogInPrompt = (refusal: MintmarkError) => Promise<boolean>;

let prompt: LogInPrompt | null = null;

/**
 * The page's own log-in dialog, while a person is signed in; without one a lost session is an ordinary error.
 */
export function setLogInPrompt(next: LogInPrompt | null): void {
  prompt = next;
}

export const hub = new MintmarkClient({
  baseUrl: document.baseURI,
  signInAgain: async (refusal) => (await prompt?.(refusal)) ?? false,
});

const RETRIES_MAX = 1;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays a refusal; only a hub that is away may come back.
      retry: (failures, error) =>
        failures < RETRIES_MAX && error instanceof MintmarkError && error.code === "unreachable",
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
  },
});

/** An answer of the hub, cached briefly under a key. Never for answers that hold a secret. */
export function useHub<Answer>(
  key: readonly unknown[],
  ask: (signal: AbortSignal) => Promise<Answer>,
  options: { readonly refetchMs?: number; readonly enabled?: boolean } = {},
): UseQueryResult<Answer> {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ask(signal),
    placeholderData: keepPreviousData,
    ...(options.refetchMs === undefined ? {} : { refetchInterval: options.refetchMs }),
    ...(options.enabled === undefined ? {} : { enabled: options.enabled }),
  });
}

/** Makes every list that shows credentials ask again. */
export function credentialsChanged(): Promise<void> {
  return queries.invalidateQueries({ queryKey: ["credentials"] });
}

/** One sentence for the person. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof MintmarkError)) {
    return "Something went wrong in this page. Load it again.";
  }
  const { code, detail, message, field, retryAfterSeconds } = error;
  const wait = retryAfterSeconds === undefined ? "" : ` Try again in ${waitWords(retryAfterSeconds)}.`;
  if (code === "too_many_attempts") {
    return `Too many failed attempts.${wait}`;
  }
  const where = detail === undefined && field !== undefined ? ` (${field})` : "";
  return `${detail ?? message}${where}${wait}`;
}

function waitWords(seconds: number): string {
  if (seconds < 120) {
    return `${seconds} second${seconds === 1 ? "" : "s"}`;
  }
  return `${Math.ceil(seconds / 60)} minutes`;
}
