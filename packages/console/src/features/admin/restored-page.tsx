import type { DecideRestoredBody } from "@mintmark/sdk";
import { Alert, Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { credentialsChanged, hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { dateTime } from "../../shared/time.tsx";
import { useMayChange } from "./staff.ts";

type ChoiceWord = DecideRestoredBody["choice"];

const CHOICES: readonly {
  readonly choice: ChoiceWord;
  readonly title: string;
  readonly verb: string;
  readonly meaning: string;
}[] = [
  {
    choice: "freeze",
    title: "Freeze everything from before the backup",
    verb: "Freeze all",
    meaning:
      "Every credential is refused until an administrator thaws it. Choose this if a credential may have been revoked after the backup, for instance because it leaked.",
  },
  {
    choice: "accept",
    title: "Accept everything as it was",
    verb: "Accept all",
    meaning:
      "Every credential works again, also one that was revoked after the backup. Choose this only if you know that none was.",
  },
];

/** Where an administrator decides what becomes of the credentials of a restored hub. */
export function RestoredPage() {
  const query = useHub(["restored"], (signal) => hub.getRestored({ signal }));
  return (
    <Page
      title="Restored from a backup"
      intro="The hub does not know what was revoked after the backup was made, so somebody has to decide."
    >
      <Loaded query={query}>
        {({ state, restoredAt, backupAt, choice }) => {
          const when =
            restoredAt === null || backupAt === null
              ? ""
              : `Restored on ${dateTime(restoredAt)} from the backup of ${dateTime(backupAt)}. `;
          if (state === "decide") {
            return <Decision when={when} />;
          }
          return (
            <p>
              {when}
              {state === "none"
                ? "This hub was not restored from a backup."
                : state === "complete"
                  ? "Everything that ended after the backup was applied again; there is nothing to decide."
                  : `It was decided: ${choice === "freeze" ? "everything was frozen" : "everything was accepted"}.`}
            </p>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Decision({ when }: { readonly when: string }) {
  const mayChange = useMayChange();
  const [asked, setAsked] = useState<ChoiceWord | null>(null);
  const chosen = CHOICES.find(({ choice }) => choice === asked);
  return (
    <>
      <Alert
        isInline
        component="p"
        variant="warning"
        title={`${when}Until an administrator decides, everything from before the backup is answered with "unavailable".`}
      >
        <p>
          Your own password may be one from before the backup too. If you did not expect this page, change it
          first.
        </p>
      </Alert>
      {CHOICES.map(({ choice, title, verb, meaning }) => (
        <Card key={choice} className="mm-narrow">
          <CardTitle component="h2">{title}</CardTitle>
          <CardBody>
            <div className="mm-stack">
              <p>{meaning}</p>
              {mayChange ? (
                <div>
                  <Button variant="secondary" isDanger={choice === "accept"} onClick={() => setAsked(choice)}>
                    {verb}
                  </Button>
                </div>
              ) : null}
            </div>
          </CardBody>
        </Card>
      ))}
      {chosen === undefined ? null : (
        <Confirm
          danger
          title={`${chosen.title}?`}
          verb={chosen.verb}
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            await hub.decideRestored({ choice: chosen.choice });
            await Promise.all([queries.invalidateQueries({ queryKey: ["restored"] }), credentialsChanged()]);
          }}
        >
          This can be decided once. {chosen.meaning}
        </Confirm>
      )}
    </>
  );
}
