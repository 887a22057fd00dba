import { Button, Form, FormGroup, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "../shared/action.ts";
import { hub } from "../shared/hub.ts";
import { Problem } from "../shared/problem.tsx";

/** User name and password. With `username` the form asks only for the password. */
export function SignInForm({
  username,
  onSignedIn,
}: {
  readonly username?: string;
  readonly onSignedIn: () => Promise<void> | void;
}) {
  const [name, setName] = useState(username ?? "");
  const [password, setPassword] = useState("");
  const signIn = useAction(async () => {
    await hub.openSession({ username: name, password });
    setPassword("");
    await onSignedIn();
  });
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        void signIn.run();
      }}
    >
      <FormGroup label="User name" fieldId="sign-in-name">
        <TextInput
          id="sign-in-name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck="false"
          isRequired
          autoFocus={username === undefined}
          {...(username === undefined ? {} : { readOnlyVariant: "default" as const })}
          value={name}
          onChange={(_event, value) => setName(value)}
        />
      </FormGroup>
      <FormGroup label="Password" fieldId="sign-in-password">
        <TextInput
          id="sign-in-password"
          name="password"
          type="password"
          autoComplete="current-password"
          isRequired
          autoFocus={username !== undefined}
          value={password}
          onChange={(_event, value) => setPassword(value)}
        />
      </FormGroup>
      <Problem sentence={signIn.problem} />
      <Button type="submit" variant="primary" isBlock isLoading={signIn.busy} isDisabled={signIn.busy}>
        Sign in
      </Button>
    </Form>
  );
}
