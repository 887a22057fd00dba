import type { GetEndpointsAnswer } from "@mintmark/sdk";
import { useEndpoints } from "../../shared/endpoints.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";

interface Setting {
  readonly option: string;
  readonly value: string;
}

const MEANINGS: Readonly<Record<string, string>> = {
  MINTMARK_PUBLIC_URL: "The address at which people and programs find this hub",
  MINTMARK_REALM: "The realm in automation hub's addresses",
  MINTMARK_GALAXY_PREFIX: "Where collections are served",
  MINTMARK_REGISTRY_SERVICES: "The registries that tokens are signed for",
  MINTMARK_OFFLINE_IDLE: "Offline tokens expire after this long without use",
  MINTMARK_ACCESS_TOKEN_LIFETIME: "Lifetime of access tokens",
  MINTMARK_APP_TOKEN_EXPIRATION: "Lifetime of new application tokens",
  MINTMARK_APP_TOKEN_REVEAL: "Whether owners may see an application token again",
  MINTMARK_API_KEY_EXPIRATION: "Lifetime of platform and instance API keys",
  MINTMARK_FRESH_LOGIN: "How recent a sign-in must be for creating a secret",
  MINTMARK_SESSION_LIFETIME: "Lifetime of a sign-in",
  MINTMARK_ZEN_TOKEN_LIFETIME: "Lifetime of a bearer token of the data platform",
  MINTMARK_REGISTRY_TOKEN_LIFETIME: "Lifetime of a registry token",
};

const COLUMNS: readonly Column<Setting>[] = [
  { title: "Option", cell: ({ option }) => <code>{option}</code>, wide: true },
  { title: "Value", cell: ({ value }) => value, clip: ({ value }) => value },
  { title: "Meaning", cell: ({ option }) => MEANINGS[option] ?? "" },
];

export function SettingsPage() {
  const query = useEndpoints();
  return (
    <Page
      title="Settings"
      intro="The settings in force. An administrator sets them as options of the server; they change with its next start."
    >
      <Loaded query={query}>
        {(endpoints) => (
          <div>
            <Rows
              label="Settings"
              columns={COLUMNS}
              rows={settingsOf(endpoints)}
              keyOf={({ option }) => option}
            />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function settingsOf(endpoints: GetEndpointsAnswer): readonly Setting[] {
  const { settings, publicUrl, realm, galaxyUrl, registryServices } = endpoints;
  const galaxyPrefix = galaxyUrl.slice(publicUrl.length).replace(/\/$/, "");
  return [
    { option: "MINTMARK_PUBLIC_URL", value: publicUrl },
    { option: "MINTMARK_REALM", value: realm },
    { option: "MINTMARK_GALAXY_PREFIX", value: galaxyPrefix },
    { option: "MINTMARK_REGISTRY_SERVICES", value: registryServices.join(", ") },
    ...Object.entries(settings).map(([name, value]) => ({
      option: `MINTMARK_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`,
      value,
    })),
  ];
}
