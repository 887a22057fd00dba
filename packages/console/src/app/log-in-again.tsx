import type { MintmarkError } from "@mintmark/sdk";
import { Modal, ModalBody, ModalHeader } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { ProviderSignIn, useSignIn } from "../features/organisation/provider-sign-in.tsx";
import { queries, setLogInPrompt } from "../shared/hub.ts";
import { SignInForm } from "./sign-in-form.tsx";

interface Asked {
  readonly refusal: MintmarkError;
  readonly answer: (signedIn: boolean) => void;
}

/**
 * Covers the open page when the session has ended, or when the hub asks for the password again. The page
 * below keeps its input, and the refused call continues afterwards.
 */
export function LogInAgain({ username }: { readonly username: string }) {
  const ways = useSignIn();
  const [asked, setAsked] = useState<Asked | null>(null);
  const waiting = useRef<Promise<boolean> | null>(null);
  useEffect(() => {
    setLogInPrompt((refusal) => {
      // Several calls may be refused at once; the person is asked once.
      waiting.current ??= new Promise<boolean>((resolve) => {
        setAsked({
          refusal,
          answer: (signedIn) => {
            waiting.current = null;
            setAsked(null);
            resolve(signedIn);
          },
        });
      });
      return waiting.current;
    });
    return () => setLogInPrompt(null);
  }, []);
  if (!asked) {
    return null;
  }
  const fresh = asked.refusal.code === "fresh_login_required";
  const title = fresh ? "Confirm that it is you" : "Your session has ended";
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={() => asked.answer(false)}>
      <ModalHeader
        title={title}
        description={
          fresh
            ? "A secret is created or shown only soon after a sign-in. Enter your password again."
            : "Sign in again to continue. Nothing on this page is lost."
        }
      />
      <ModalBody>
        {ways?.provider ? <ProviderSignIn name={ways.provider} fresh /> : null}
        <SignInForm
          username={username}
          onSignedIn={() => {
            asked.answer(true);
            void queries.invalidateQueries({ queryKey: ["session"] });
          }}
        />
      </ModalBody>
    </Modal>
  );
}
