import { Title } from "@patternfly/react-core";
import { hub } from "../../shared/hub.ts";
import { Page } from "../../shared/page.tsx";
import { GrantsEditor } from "./grants-editor.tsx";

const SETS = [
  { set: "authenticated", title: "Everybody who is signed in" },
  { set: "anonymous", title: "Callers without an account" },
] as const;

export function SharedGrantsPage() {
  return (
    <Page title="Shared grants" intro="Permissions that people have without a grant of their own.">
      {SETS.map(({ set, title }) => (
        <section key={set} className="mm-stack" aria-label={title}>
          <Title headingLevel="h2">{title}</Title>
          <GrantsEditor
            label={title}
            queryKey={["grants", "shared", set]}
            load={(signal) => hub.getSharedGrants(set, { signal })}
            save={(grants) => hub.setSharedGrants(set, { grants })}
          />
        </section>
      ))}
    </Page>
  );
}
