import { type Credential, MintmarkError } from "@mintmark/sdk";
import { Title } from "@patternfly/react-core";
import { Link, useLocation, useNavigate, useParams } from "react-router";
import { ChangeButton, CredentialMenu } from "../../shared/credential-menu.tsx";
import { type Hold, isLive, mayThaw, useHold } from "../../shared/hold.ts";
import { hub, useHub } from "../../shared/hub.ts";
import { nameOf } from "../../shared/kinds.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { RevokeButton } from "../../shared/revoke-button.tsx";
import { useSession } from "../../shared/session.ts";
import { CredentialFacts } from "./credential-facts.tsx";
import { FrozenNotice } from "./frozen-notice.tsx";
import { placeOf } from "./place.ts";
import { TrialNotice } from "./trial-notice.tsx";
import { Usage } from "./usage.tsx";

/** One credential: what it can do, how it is used, when it expires, and what can be done with it. */
export function CredentialPage() {
  const { id = "" } = useParams();
  const { base, trail } = placeOf(useLocation().pathname);
  const { role } = useSession().session.user;
  const hold = useHold();
  const credential = useHub(["credentials", "one", id], (signal) => hub.getCredential(id, { signal }));
  const usage = useHub(["credentials", "usage", id], (signal) => hub.getCredentialUsage(id, { signal }), {
    enabled: credential.data !== undefined,
  });
  if (credential.error instanceof MintmarkError && credential.error.status === 404) {
    return <NoSuchCredential />;
  }
  const { data } = credential;
  return (
    <Page
      title={data ? nameOf(data) : "Credential"}
      trail={[trail]}
      actions={data ? <Actions credential={data} hold={hold(data)} path={`${base}/${id}`} /> : null}
    >
      <Loaded query={credential}>
        {(one) => (
          <>
            <FrozenNotice credential={one} mayThaw={mayThaw(one, hold(one))} />
            <TrialNotice credential={one} hold={hold(one)} />
            <CredentialFacts credential={one} />
            {role === "member" ? null : (
              <p>
                <Link to={`/admin/audit?credential=${id}`}>Its events in the audit log</Link>
              </p>
            )}
            <Title headingLevel="h2">Uses in the last 90 days</Title>
            <Loaded query={usage}>{({ days }) => <Usage days={days} />}</Loaded>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Actions({
  credential,
  hold,
  path,
}: {
  readonly credential: Credential;
  readonly hold: Hold;
  readonly path: string;
}) {
  if (hold === null || !isLive(credential)) {
    return null;
  }
  const isFrozen = credential.state === "frozen";
  return (
    <>
      {hold === "owner" && !isFrozen ? (
        <Link className="pf-v6-c-button pf-m-primary" to={`${path}/rotate`}>
          Rotate
        </Link>
      ) : null}
      {hold === "owner" && !isFrozen && credential.idleExpiresAt !== null ? (
        <ChangeButton credential={credential} hold={hold} change="touch" words="Keep alive" />
      ) : null}
      {isFrozen ? (
        mayThaw(credential, hold) && (
          <ChangeButton credential={credential} hold={hold} change="thaw" words="Thaw" />
        )
      ) : (
        <ChangeButton credential={credential} hold={hold} change="freeze" words="Freeze" />
      )}
      <RevokeButton credential={credential} />
      <CredentialMenu credential={credential} hold={hold} path={path} />
    </>
  );
}

function NoSuchCredential() {
  const navigate = useNavigate();
  return (
    <Page title="Credential not found" trail={[{ to: "/overview", title: "Overview" }]}>
      <Nothing
        title="There is no such credential"
        action={
          <button
            type="button"
            className="pf-v6-c-button pf-m-primary"
            onClick={() => void navigate("/overview")}
          >
            Go to the overview
          </button>
        }
      >
        The address may be wrong, or you may not have access.
      </Nothing>
    </Page>
  );
}
