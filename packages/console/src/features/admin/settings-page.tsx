import type { GetEndpointsAnswer } from "@mintmark/sdk";
import { useEndpoints } from "../../shared/endpoints.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";

interface Setting {
  readonly option: string;
  readonly value: string;
}

const COLUMNS: readonly Column<Setting>[] = [
  { title: "Option", cell: ({ option }) => <code>{option}</code> },
  { title: "Value", cell: ({ value }) => value },
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
          <div className="mm-narrow">
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
