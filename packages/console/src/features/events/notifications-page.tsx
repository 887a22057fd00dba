import type { GetNotificationsAnswer } from "@mintmark/sdk";
import {
  Alert,
  Button,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  FormGroup,
  Switch,
} from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { useAction } from "../../shared/action.ts";
import { hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Problem } from "../../shared/problem.tsx";
import { ProfilePage } from "../profile/profile-page.tsx";

/** How the person who is signed in is warned, and a button that tries it. */
export function NotificationsPage() {
  const query = useHub(["notifications"], (signal) => hub.getNotifications({ signal }));
  return (
    <ProfilePage>
      <Loaded query={query}>{(settings) => <Settings settings={settings} />}</Loaded>
    </ProfilePage>
  );
}

function Settings({ settings }: { readonly settings: GetNotificationsAnswer }) {
  const [said, setSaid] = useState<string | null>(null);
  const test = useAction(async () => {
    setSaid(null);
    try {
      setSaid((await hub.testNotification()).response);
    } finally {
      await queries.invalidateQueries({ queryKey: ["notifications"] });
    }
  });
  const facts = [
    ["Warnings go to", whereTo(settings)],
    ["Before a fixed end", settings.warnBefore.join(", ") || "never"],
    ["Without a use", settings.warnIdle.map((share) => `${share} of the idle time`).join(", ") || "never"],
    ["An offline token lasts without a use", settings.offlineIdle],
    [
      "Keeping alive without a use",
      settings.touch ? "at most three times in a row" : "is not allowed on this hub",
    ],
  ] as const;
  return (
    <>
      {settings.mailProblem === null ? null : (
        <Alert
          isInline
          component="p"
          variant="danger"
          title="The mail server refuses this hub, so nobody gets mail. Check MINTMARK_MAIL_URL."
        >
          It said: {settings.mailProblem}
        </Alert>
      )}
      <DescriptionList isHorizontal aria-label="How you are warned">
        {facts.map(([term, words]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{words}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
      <Choices settings={settings} />
      <p>
        One mail a day names everything that ends soon. <Link to="/expires">See what expires when</Link>
      </p>
      <div>
        <Button
          variant="secondary"
          isLoading={test.busy}
          isDisabled={test.busy}
          onClick={() => void test.run()}
        >
          Send me a test mail
        </Button>
      </div>
      {said === null ? null : (
        <Alert
          isInline
          isLiveRegion
          component="p"
          variant="success"
          title={`The mail server took it: ${said}`}
        />
      )}
      <Problem sentence={test.problem} />
    </>
  );
}

const CHOICES = [
  ["expiring", "Before a fixed end"],
  ["idle", "Before an end without a use"],
] as const;

/** What the person wants mail about. The server's answer replaces what the switches show. */
function Choices({ settings }: { readonly settings: GetNotificationsAnswer }) {
  const change = useAction(async (wanted: { expiring?: boolean; idle?: boolean }) => {
    const answer = await hub.updateNotifications(wanted);
    queries.setQueryData(["notifications"], answer);
  });
  return (
    <FormGroup role="group" fieldId="mail-choices" label="Mail me about my credentials">
      {CHOICES.map(([cause, label]) => (
        <div key={cause}>
          <Switch
            label={label}
            isChecked={settings[cause]}
            isDisabled={change.busy}
            onChange={(_event, isOn) => void change.run({ [cause]: isOn })}
          />
        </div>
      ))}
      <Problem sentence={change.problem} />
    </FormGroup>
  );
}

function whereTo({ mail, email }: GetNotificationsAnswer): string {
  if (!mail) {
    return "nobody: this hub sends no mail";
  }
  return email ?? "the administrators, since your account has no mail address";
}
