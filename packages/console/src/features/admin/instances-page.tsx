import type { Instance } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { credentialsChanged, hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { RelativeTime } from "../../shared/time.tsx";
import { useMayChange } from "./staff.ts";

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
    title: "Grant",
    cell: (one) => <code>instance:{one.id}:use</code>,
    clip: (one) => `instance:${one.id}:use`,
  },
  {
    title: "Created",
    cell: (one) => <RelativeTime at={one.createdAt} />,
    sortBy: (one) => one.createdAt,
    whole: true,
  },
];

export function InstancesAdminPage() {
  const mayChange = useMayChange();
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<Instance | null>(null);
  const query = useHub(["instances"], (signal) => hub.listInstances({ signal }));
  return (
    <Page
      title="Service instances"
      actions={
        mayChange ? (
          <Button variant="primary" onClick={() => setMaking(true)}>
            Register instance
          </Button>
        ) : null
      }
    >
      <Loaded query={query}>
        {({ instances }) =>
          instances.length === 0 ? (
            <Nothing title="No instances">Register one, then grant people its use.</Nothing>
          ) : (
            <Rows
              label="Service instances"
              columns={COLUMNS}
              rows={instances}
              keyOf={(one) => one.id}
              {...(mayChange
                ? {
                    actions: (one: Instance) => (
                      <Button
                        variant="link"
                        isInline
                        isDanger
                        aria-label={`Delete ${one.displayName}`}
                        onClick={() => setRemoving(one)}
                      >
                        Delete
                      </Button>
                    ),
                  }
                : {})}
            />
          )
        }
      </Loaded>
      {making ? <NewInstanceDialog onClose={() => setMaking(false)} /> : null}
      {removing ? (
        <Confirm
          danger
          title={`Delete ${removing.displayName}?`}
          verb="Delete"
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await hub.deleteInstance(removing.id);
            await Promise.all([queries.invalidateQueries({ queryKey: ["instances"] }), credentialsChanged()]);
          }}
        >
          Every API key of this instance is revoked at once.
        </Confirm>
      ) : null}
    </Page>
  );
}

function NewInstanceDialog({ onClose }: { readonly onClose: () => void }) {
  const [id, setId] = useState("");
  const [displayName, setDisplayName] = useState("");
  return (
    <FormDialog
      title="Register instance"
      verb="Register"
      complete={id !== "" && displayName !== ""}
      onClose={onClose}
      onSubmit={async () => {
        await hub.createInstance({ id, displayName });
        await queries.invalidateQueries({ queryKey: ["instances"] });
      }}
    >
      <Field id="instance-id" name="id" label="ID" required focused value={id} onChange={setId} />
      <Field
        id="instance-name"
        name="displayName"
        label="Name"
        required
        value={displayName}
        onChange={setDisplayName}
      />
    </FormDialog>
  );
}
