import { MintmarkError } from "@mintmark/sdk";
import { Bullseye, Spinner } from "@patternfly/react-core";
import { QueryClientProvider } from "@tanstack/react-query";
import { BrowserRouter } from "react-router";
import { hub, queries, useHub } from "../shared/hub.ts";
import { Failed } from "../shared/loaded.tsx";
import { Shell } from "./shell.tsx";
import { SignInPage } from "./sign-in-page.tsx";

const BASE_PATH = new URL(document.baseURI).pathname;

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <BrowserRouter basename={BASE_PATH}>
        <WhoIsThere />
      </BrowserRouter>
    </QueryClientProvider>
  );
}

/** The address stays during a sign-in, so that a link leads to its page. */
function WhoIsThere() {
  const query = useHub(["session"], (signal) => hub.getSession({ signal }));
  const signedOut = query.error instanceof MintmarkError && query.error.status === 401;
  if (signedOut) {
    return <SignInPage />;
  }
  if (query.data) {
    return <Shell session={query.data} />;
  }
  return query.isError ? (
    <Failed error={query.error} onRetry={() => void query.refetch()} />
  ) : (
    <Bullseye className="mm-waiting">
      <Spinner aria-label="Loading" />
    </Bullseye>
  );
}
