import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from "@patternfly/react-core";
import { useEndpoints } from "../../shared/endpoints.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";

export function SettingsPage() {
  const query = useEndpoints();
  return (
    <Page
      title="Settings"
      intro="As they are in force. They are set by options of the server, and change with its next start."
    >
      <Loaded query={query}>
        {({ settings, publicUrl, realm, galaxyUrl, registryServices }) => (
          <DescriptionList
            orientation={{ sm: "vertical", md: "horizontal" }}
            horizontalTermWidthModifier={{ md: "22rem" }}
            className="mm-narrow"
          >
            {[
              ["MINTMARK_PUBLIC_URL", publicUrl],
              ["MINTMARK_REALM", realm],
              ["MINTMARK_GALAXY_PREFIX", new URL(galaxyUrl).pathname.replace(/\/$/, "")],
              ["MINTMARK_REGISTRY_SERVICES", registryServices.join(", ")],
              ...Object.entries(settings).map(
                ([name, value]) =>
                  [`MINTMARK_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`, value] as const,
              ),
            ].map(([name, value]) => (
              <DescriptionListGroup key={name}>
                <DescriptionListTerm>{name}</DescriptionListTerm>
                <DescriptionListDescription>{value}</DescriptionListDescription>
              </DescriptionListGroup>
            ))}
          </DescriptionList>
        )}
      </Loaded>
    </Page>
  );
}
