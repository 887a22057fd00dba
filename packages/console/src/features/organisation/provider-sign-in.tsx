import { Button } from "@patternfly/react-core";
import { hub, useHub } from "../../shared/hub.ts";

/** How people sign in here: the provider's name or null, and whether the local form is offered. */
export function useSignIn() {
  return useHub(["sign-in"], (signal) => hub.getSignIn({ signal })).data;
}

/** Leads to the organisation's own sign-in and back to this page. `fresh` asks it for a recent log-in. */
export function ProviderSignIn({ name, fresh }: { readonly name: string; readonly fresh?: boolean }) {
  const here = `${location.pathname}${location.search}`;
  const query = `return=${encodeURIComponent(here)}${fresh === true ? "&fresh=1" : ""}`;
  return (
    <Button component="a" variant="primary" isBlock href={`sign-in/oidc?${query}`}>
      Sign in with {name}
    </Button>
  );
}
