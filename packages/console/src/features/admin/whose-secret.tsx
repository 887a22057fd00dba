import type { LookUpSecretAnswer } from "@mintmark/sdk";
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { useAction } from "../../shared/action.ts";
import { State } from "../../shared/credentials.tsx";
import { Field } from "../../shared/field.tsx";
import { hub } from "../../shared/hub.ts";
import { nameOf } from "../../shared/kinds.ts";
import { Problem } from "../../shared/problem.tsx";

/** For a secret that was found in a log or a repository: which credential is it, and whose? */
export function WhoseSecret() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="secondary" onClick={() => setOpen(true)}>
        Whose secret is this?
      </Button>
      {open ? <WhoseSecretDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function WhoseSecretDialog({ onClose }: { readonly onClose: () => void }) {
  const [secret, setSecret] = useState("");
  const [answer, setAnswer] = useState<LookUpSecretAnswer | null>(null);
  const ask = useAction(async () => {
    setAnswer(await hub.lookUpSecret({ secret: secret.trim() }));
    setSecret("");
  });
  return (
    <Modal isOpen variant="small" aria-label="Whose secret is this?" onClose={onClose}>
      <ModalHeader title="Whose secret is this?" />
      <ModalBody>
        <form
          id="whose-secret"
          className="mm-stack"
          onSubmit={(event) => {
            event.preventDefault();
            void ask.run();
          }}
        >
          <Field
            id="found-secret"
            label="Secret"
            type="password"
            autoComplete="off"
            focused
            value={secret}
            onChange={setSecret}
            help="The hub does not store or log it, and this does not count as a use."
          />
          <div role="status">{answer === null ? null : <Finding answer={answer} />}</div>
        </form>
      </ModalBody>
      <ModalFooter>
        <Problem sentence={ask.problem} />
        <Button
          type="submit"
          form="whose-secret"
          isDisabled={secret.trim() === "" || ask.busy}
          isLoading={ask.busy}
        >
          Find
        </Button>
        <Button variant="link" onClick={onClose}>
          Close
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function Finding({ answer: { credential, reason } }: { readonly answer: LookUpSecretAnswer }) {
  if (credential === null) {
    return reason === "unknown"
      ? "No credential has this secret. It was never issued by this hub, or it ended more than 30 days ago."
      : "This is not a secret of this hub.";
  }
  return (
    <p>
      <State credential={credential} />{" "}
      <Link to={`/admin/credentials/${credential.id}`}>{nameOf(credential)}</Link>
      {credential.owner === null ? (
        ", its owner was deleted"
      ) : (
        <>
          {" of "}
          <Link to={`/admin/users/${encodeURIComponent(credential.owner)}`}>{credential.owner}</Link>
        </>
      )}
      .
    </p>
  );
}
