import { Title } from "@patternfly/react-core";
import { useEffect } from "react";
import { ProviderSignIn, useSignIn } from "../features/organisation/provider-sign-in.tsx";
import mark from "../mark.svg";
import { queries } from "../shared/hub.ts";
import { SignInForm } from "./sign-in-form.tsx";

export function SignInPage() {
  const ways = useSignIn();
  useEffect(() => {
    document.title = "Sign in · Mintmark";
  }, []);
  return (
    <main className="mm-sign-in mm-stack">
      <div className="mm-brand">
        <img src={mark} alt="" />
        Mintmark
      </div>
      <Title headingLevel="h1">Sign in</Title>
      {ways?.provider ? <ProviderSignIn name={ways.provider} /> : null}
      {ways?.local === false ? (
        <p>
          <a href="sign-in/local">Sign in with a local account</a>
        </p>
      ) : (
        <SignInForm onSignedIn={() => queries.resetQueries({ queryKey: ["session"] })} />
      )}
    </main>
  );
}
