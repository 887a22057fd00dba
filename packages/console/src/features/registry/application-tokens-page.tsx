import type { CreateCredentialAnswer, Credential } from "@mintmark/sdk";
import {
  Button,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "../../shared/action.ts";
import { CredentialList } from "../../shared/credential-list.tsx";
import { nameOf } from "../../shared/credentials.tsx";
import { useEndpoints } from "../../shared/endpoints.ts";
import { credentialsChanged, hub } from "../../shared/hub.ts";
import { Page } from "../../shared/page.tsx";
import { Problem } from "../../shared/problem.tsx";
import { useFresh } from "../../shared/secret.tsx";
import { durationWords } from "../../shared/time.tsx";
import { CredentialsDialog } from "./credentials-dialog.tsx";

/** Where Quay has it: application tokens, each with the pieces that a client needs. */
export function ApplicationTokensPage() {
  const endpoints = useEndpoints();
  const [naming, setNaming] = useState(false);
  const [shown, setShown] = useFresh<CreateCredentialAnswer>();
  const settings = endpoints.data?.settings;
  return (
    <Page
      title="Application tokens"
      intro="Log in to the registry with $app and one of these instead of your password: one for each machine, so that each can be ended alone."
      actions={
        <Button variant="primary" onClick={() => setNaming(true)}>
          Create application token
        </Button>
      }
    >
      {settings === undefined ? null : (
        <p>
          {settings.appTokenExpiration === "never"
            ? "Application tokens live until they are revoked."
            : `Application tokens end ${durationWords(settings.appTokenExpiration)} after they were made.`}
        </p>
      )}
      <CredentialList
        kind="app_token"
        title="My application tokens"
        empty="None yet. Create one for the machine in front of you."
        {...(settings?.appTokenReveal === "always"
          ? { actions: (one: Credential) => <ViewAgain credential={one} onShow={setShown} /> }
          : {})}
      />
      {naming ? (
        <NameDialog
          onClose={() => setNaming(false)}
          onMade={(made) => {
            setNaming(false);
            setShown(made);
          }}
        />
      ) : null}
      {shown ? <CredentialsDialog made={shown} onClose={() => setShown(null)} /> : null}
    </Page>
  );
}

function ViewAgain({
  credential,
  onShow,
}: {
  readonly credential: Credential;
  readonly onShow: (made: CreateCredentialAnswer) => void;
}) {
  const view = useAction(async () => {
    onShow({ credential, secret: (await hub.revealCredential(credential.id)).secret });
  });
  return (
    <>
      <Button
        variant="link"
        isInline
        isDisabled={view.busy}
        aria-label={`View ${nameOf(credential)}`}
        onClick={() => void view.run()}
      >
        View
      </Button>
      <Problem sentence={view.problem} />
    </>
  );
}

function NameDialog({
  onClose,
  onMade,
}: {
  readonly onClose: () => void;
  readonly onMade: (made: CreateCredentialAnswer) => void;
}) {
  const [title, setTitle] = useState("");
  const make = useAction(async () => {
    const made = await hub.createCredential({ kind: "app_token", title });
    onMade(made);
    await credentialsChanged();
  });
  return (
    <Modal isOpen variant="small" aria-label="Create application token" onClose={onClose}>
      <ModalHeader title="Create application token" />
      <ModalBody>
        <Form
          id="app-token"
          onSubmit={(event) => {
            event.preventDefault();
            void make.run();
          }}
        >
          <FormGroup label="Title" fieldId="app-token-title" isRequired>
            <TextInput
              id="app-token-title"
              autoFocus
              isRequired
              maxLength={255}
              value={title}
              onChange={(_event, value) => setTitle(value)}
            />
            <FormHelperText>
              <HelperText>
                <HelperTextItem>Where it will be used: the laptop, the build server.</HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
        </Form>
        <Problem sentence={make.problem} />
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="app-token"
          variant="primary"
          isLoading={make.busy}
          isDisabled={make.busy || title.trim() === ""}
        >
          Create
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
