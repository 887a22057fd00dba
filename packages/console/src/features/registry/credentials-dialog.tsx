import type { CreateCredentialAnswer, MakeLoginPiecesAnswer } from "@mintmark/sdk";
import { Spinner, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { type ReactNode, useEffect, useState } from "react";
import { useEndpoints } from "../../shared/endpoints.ts";
import { hub, sentenceOf } from "../../shared/hub.ts";
import { nameOf } from "../../shared/kinds.ts";
import { Problem } from "../../shared/problem.tsx";
import { SecretField } from "../../shared/secret.tsx";
import { SecretDialog } from "../../shared/secret-dialog.tsx";
import { Snippet } from "../../shared/snippet.tsx";
import { isRegistry, RegistryField } from "./registry-field.tsx";

/** The dialog after creating an application token: the secret, and the snippets that contain it. */
export function CredentialsDialog({
  made,
  onClose,
}: {
  readonly made: CreateCredentialAnswer;
  readonly onClose: () => void;
}) {
  return (
    <SecretDialog title={`Credentials for ${nameOf(made.credential)}`} onClose={onClose}>
      <Pieces made={made} />
    </SecretDialog>
  );
}

/**
 * Kept for the next dialog while the page is open. A host's name is no secret, but it is not stored either.
 */
let lastRegistry: string | null = null;
/** So that a name is asked about once, not letter by letter. */
const TYPING_MS = 300;

function Pieces({ made }: { readonly made: CreateCredentialAnswer }) {
  const { data } = useEndpoints();
  const hosts = data?.registryHosts ?? [];
  const [typed, setTyped] = useState<string | null>(lastRegistry);
  const [tab, setTab] = useState(0);
  const registry = typed ?? hosts[0] ?? "";
  return (
    <>
      <SecretField label="Application token" secret={made.secret} />
      <RegistryField
        hosts={hosts}
        value={registry}
        onChange={(next) => {
          lastRegistry = next;
          setTyped(next);
        }}
      />
      {isRegistry(registry) ? (
        <PieceTabs key={registry} secret={made.secret} registry={registry} tab={tab} onTab={setTab} />
      ) : (
        <p className="mm-quiet">Name the registry to get the lines that log in to it.</p>
      )}
    </>
  );
}

function PieceTabs({
  secret,
  registry,
  tab,
  onTab,
}: {
  readonly secret: string;
  readonly registry: string;
  readonly tab: number;
  readonly onTab: (tab: number) => void;
}) {
  // Made of the secret, so it lives in this component and in no cache.
  const [pieces, setPieces] = useState<MakeLoginPiecesAnswer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const aborted = new AbortController();
    const timer = window.setTimeout(() => {
      hub
        .makeLoginPieces({ secret, registry }, { signal: aborted.signal })
        .then(setPieces, (error: unknown) => {
          if (!aborted.signal.aborted) {
            setProblem(sentenceOf(error));
          }
        });
    }, TYPING_MS);
    return () => {
      window.clearTimeout(timer);
      aborted.abort();
    };
  }, [secret, registry]);
  return (
    <>
      <Problem sentence={problem} />
      {pieces === null && problem === null ? <Spinner aria-label="Loading" /> : null}
      {pieces === null ? null : (
        <Tabs aria-label="Ways to use it" activeKey={tab} onSelect={(_event, next) => onTab(Number(next))}>
          {tabsOf(pieces, secret).map(({ title, content }, at) => (
            <Tab key={title} eventKey={at} title={<TabTitleText>{title}</TabTitleText>}>
              <div className="mm-stack mm-problem">{content}</div>
            </Tab>
          ))}
        </Tabs>
      )}
    </>
  );
}

function tabsOf(
  { commands, dockerConfig, kubernetes }: MakeLoginPiecesAnswer,
  secret: string,
): readonly { readonly title: string; readonly content: ReactNode }[] {
  return [
    {
      title: "podman",
      content: (
        <>
          <Snippet label="Log in with podman" text={commands.podman} secret={secret} />
          <Snippet label="Log in with skopeo" text={commands.skopeo} secret={secret} />
        </>
      ),
    },
    {
      title: "docker",
      content: <Snippet label="Log in with docker" text={commands.docker} secret={secret} />,
    },
    {
      title: "config.json",
      content: (
        <>
          <p>For ~/.docker/config.json. Saving it there replaces what is in it.</p>
          <Snippet
            label="config.json"
            text={dockerConfig.text}
            secret={secret}
            filename={dockerConfig.filename}
          />
        </>
      ),
    },
    {
      title: "Kubernetes",
      content: (
        <>
          <Snippet
            label="Pull secret"
            text={kubernetes.text}
            secret={secret}
            filename={kubernetes.filename}
          />
          <Snippet label="Submit it to the cluster" text={kubernetes.command} />
          <Snippet label="Refer to it in a pod" text={kubernetes.podSpec} />
        </>
      ),
    },
  ];
}
