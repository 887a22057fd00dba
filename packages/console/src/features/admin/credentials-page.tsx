import { Button, Form, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { Page } from "../../shared/page.tsx";
import { CredentialTable } from "./credential-table.tsx";

export function CredentialsPage() {
  const [typed, setTyped] = useState("");
  const [owner, setOwner] = useState("*");
  return (
    <Page title="Credentials" intro="Everybody's. Owner, kind, state and last use narrow the list.">
      <Form
        className="mm-filters"
        onSubmit={(event) => {
          event.preventDefault();
          setOwner(typed.trim() === "" ? "*" : typed.trim());
        }}
      >
        <div className="mm-filters">
          <TextInput
            className="mm-choice"
            aria-label="Owner"
            placeholder="Owner"
            value={typed}
            onChange={(_event, value) => setTyped(value)}
          />
          <Button type="submit" variant="secondary">
            Show
          </Button>
        </div>
      </Form>
      <CredentialTable key={owner} owner={owner} />
    </Page>
  );
}
