import { Title } from "@patternfly/react-core";
import { useEffect } from "react";
import mark from "../mark.svg";
import { queries } from "../shared/hub.ts";
import { SignInForm } from "./sign-in-form.tsx";

export function SignInPage() {
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
      <SignInForm onSignedIn={() => queries.resetQueries({ queryKey: ["session"] })} />
    </main>
  );
}
