import { MintmarkError } from "@mintmark/sdk";
import {
  Alert,
  AlertActionLink,
  Bullseye,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Spinner,
} from "@patternfly/react-core";
import { ExclamationCircleIcon, PluggedIcon } from "@patternfly/react-icons";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { sentenceOf } from "./hub.ts";

/**
 * The states of everything that comes from the hub: waiting, refused, out of reach, here, and here but
 * perhaps old.
 */
export function Loaded<Answer>({
  query,
  children,
}: {
  readonly query: UseQueryResult<Answer>;
  readonly children: (answer: Answer) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError ? (
          <Alert
            isInline
            isLiveRegion
            component="p"
            variant="warning"
            title={`What you see may be old. ${sentenceOf(query.error)}`}
            actionLinks={<AlertActionLink onClick={() => void query.refetch()}>Try again</AlertActionLink>}
          />
        ) : null}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) {
    return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <Bullseye className="mm-waiting">
      <Spinner aria-label="Loading" />
    </Bullseye>
  );
}

export function Failed({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const away = error instanceof MintmarkError && error.status === 0;
  const isMissing = error instanceof MintmarkError && error.status === 404;
  if (isMissing) {
    return <Nothing title="Not found">It may have been deleted, or you may not have access.</Nothing>;
  }
  const requestId = error instanceof MintmarkError ? error.requestId : undefined;
  return (
    <EmptyState
      headingLevel="h2"
      titleText={away ? "The hub cannot be reached" : "This could not be loaded"}
      icon={away ? PluggedIcon : ExclamationCircleIcon}
      status={away ? "warning" : "danger"}
    >
      <EmptyStateBody>
        {away ? "Check your connection. Nothing you typed is lost." : sentenceOf(error)}
        {requestId === undefined ? null : <p className="mm-quiet">Request {requestId}</p>}
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="primary" onClick={onRetry}>
            Try again
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}

export function Nothing({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <EmptyState headingLevel="h2" titleText={title} variant="sm">
      <EmptyStateBody>{children}</EmptyStateBody>
      {action === undefined ? null : (
        <EmptyStateFooter>
          <EmptyStateActions>{action}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}
