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
  MINTMARK_PUBLIC_URL: "Where people and programs find this hub",
  MINTMARK_REALM: "The realm in automation hub's addresses",
  MINTMARK_GALAXY_PREFIX: "Where collections are served",
  MINTMARK_REGISTRY_SERVICES: "The registries that tokens are signed for",
  MINTMARK_OFFLINE_IDLE: "Offline tokens end after so long without use",
  MINTMARK_ACCESS_TOKEN_LIFETIME: "How long an access token lives",
  MINTMARK_APP_TOKEN_EXPIRATION: "New application tokens end after so long",
  MINTMARK_APP_TOKEN_REVEAL: "May owners read an application token again?",
  MINTMARK_API_KEY_EXPIRATION: "Platform and instance keys end so long after they were made",
  MINTMARK_FRESH_LOGIN: "How recent a password must be for making a secret",
  MINTMARK_SESSION_LIFETIME: "How long a log-in lasts",
  MINTMARK_ZEN_TOKEN_LIFETIME: "How long a bearer of the data platform lives",
  MINTMARK_REGISTRY_TOKEN_LIFETIME: "How long a registry's token lives",
};

const COLUMNS: readonly Column<Setting>[] = [
  { title: "Option", cell: ({ option }) => <code>{option}</code> },
  { title: "Value", cell: ({ value }) => value },
  { title: "Meaning", cell: ({ option }) => MEANINGS[option] ?? "" },
];

export function SettingsPage() {
  const query = useEndpoints();
  return (
    <Page
      title="Settings"
      intro="As they are in force. They are set by options of the server, and change with its next start."
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
