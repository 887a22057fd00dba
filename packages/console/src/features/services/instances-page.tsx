import type { CreateCredentialAnswer, Instance } from "@mintmark/sdk";
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { UseAndExpiry } from "../../shared/credentials.tsx";
import { useEndpoints } from "../../shared/endpoints.ts";
import { credentialsChanged, hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { useLivingKey } from "../../shared/one-key.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { reachOf } from "../../shared/scope-reach.ts";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { SecretDialog } from "../../shared/secret-dialog.tsx";
import { useSession } from "../../shared/session.ts";
import { Snippet } from "../../shared/snippet.tsx";
import { RelativeTime } from "../../shared/time.tsx";

const COLUMNS: readonly Column<Instance>[] = [
  {
    title: "Name",
    cell: (one) => one.displayName,
    sortBy: (one) => one.displayName.toLowerCase(),
    clip: (one) => one.displayName,
    wide: true,
  },
  {
    title: "ID",
    cell: (one) => <code>{one.id}</code>,
    sortBy: (one) => one.id,
    clip: (one) => one.id,
  },
  {
    title: "Created",
    cell: (one) => <RelativeTime at={one.createdAt} />,
    sortBy: (one) => one.createdAt,
    whole: true,
  },
  { title: "My key", cell: (one) => <MyKey instance={one} /> },
];

/** Where Data Product Hub has it: Services › Instances › an instance's menu › Instance API key. */
export function InstancesPage() {
  const { scopes } = useSession().session;
  const query = useHub(["instances"], (signal) => hub.listInstances({ signal }));
  return (
    <Page title="Instances" intro="Service instances that you may use, and your key for each.">
      <Loaded query={query}>
        {({ instances }) => {
          // Administrators and auditors are told of all instances, also of those that they may not use.
          const usable = instances.filter(({ id }) => reachOf(`instance:${id}:use`, scopes).length > 0);
          return usable.length === 0 ? (
            <Nothing title="No instances">An administrator registers them and grants you their use.</Nothing>
          ) : (
            <Rows
              label="Instances"
              columns={COLUMNS}
              rows={usable}
              keyOf={(one) => one.id}
              actions={(one) => <KeyMenu instance={one} />}
            />
          );
        }}
      </Loaded>
    </Page>
  );
}

function MyKey({ instance }: { readonly instance: Instance }) {
  const { data } = useLivingKey("instance_key", instance.id);
  if (!data) {
    return data === null ? "None" : "…";
  }
  return (
    <span>
      <code>{data.hint}</code>, <UseAndExpiry credential={data} />
    </span>
  );
}

function KeyMenu({ instance }: { readonly instance: Instance }) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState<"generate" | "revoke" | null>(null);
  const [made, setMade] = useFresh<CreateCredentialAnswer>();
  const { data: present } = useLivingKey("instance_key", instance.id);
  const { username } = useSession().session.user;
  const publicUrl = useEndpoints().data?.publicUrl ?? "";
  return (
    <>
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ position: "end" }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            isExpanded={open}
            aria-label={`Instance API key of ${instance.displayName}`}
            onClick={() => setOpen(!open)}
          >
            Instance API key
          </MenuToggle>
        )}
      >
        <DropdownList>
          <DropdownItem onClick={() => setAsking("generate")}>Generate new key</DropdownItem>
          <DropdownItem isDisabled={!present} onClick={() => setAsking("revoke")}>
            Revoke current key
          </DropdownItem>
        </DropdownList>
      </Dropdown>
      {asking === "generate" ? (
        <Confirm
          title="Generate new key?"
          verb="Generate"
          danger={Boolean(present)}
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            setMade(await hub.createCredential({ kind: "instance_key", instance: instance.id }));
            await credentialsChanged();
          }}
        >
          {present
            ? `This revokes your present key of ${instance.displayName} at once, wherever it is in use.`
            : `The key opens ${instance.displayName} and nothing else.`}
        </Confirm>
      ) : null}
      {asking === "revoke" && present ? (
        <Confirm
          danger
          title="Revoke current key?"
          verb="Revoke"
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            await hub.revokeCredential(present.id);
            await credentialsChanged();
          }}
        >
          Everything that still uses <code>{present.hint}</code> stops working at once.
        </Confirm>
      ) : null}
      {made ? (
        <SecretDialog title={`Instance API key of ${instance.displayName}`} onClose={() => setMade(null)}>
          <SecretField label="Instance API key" secret={made.secret} />
          <Snippet
            label="See that it opens the instance"
            secret={made.secret}
            text={`curl --fail --include -H "Authorization: ZenApiKey $(printf %s '${username}:${made.secret}' | base64 | tr -d '\\n')" \\
  '${publicUrl}/verify?scope=instance:${instance.id}:use'
`}
          />
        </SecretDialog>
      ) : null}
    </>
  );
}
