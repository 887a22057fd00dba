import type { Service } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { Confirm } from "../../shared/confirm.tsx";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { credentialsChanged, hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { PeoplePicker } from "../../shared/people-picker.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { TextBox, wordsOf } from "../../shared/text-box.tsx";
import { useMayChange } from "../admin/staff.ts";
import { EditButtons } from "./edit-buttons.tsx";

const COLUMNS: readonly Column<Service>[] = [
  {
    title: "Name",
    cell: (one) => <Link to={`/services/accounts/${encodeURIComponent(one.name)}`}>{one.name}</Link>,
    sortBy: (one) => one.name.toLowerCase(),
    clip: (one) => one.name,
    wide: true,
  },
  { title: "Description", cell: (one) => one.description ?? "", clip: (one) => one.description ?? "" },
  {
    title: "Stewards",
    cell: (one) => (one.orphaned ? <strong>Orphaned: no enabled steward</strong> : one.stewards.join(", ")),
    sortBy: (one) => (one.orphaned ? 0 : 1),
    clip: (one) => (one.orphaned ? "No enabled steward" : one.stewards.join("\n")),
  },
  {
    title: "Permissions",
    cell: (one) => <code>{one.grants.join(" ")}</code>,
    clip: (one) => one.grants.join("\n"),
  },
];

/** Accounts for machines: those that the person is a steward of, or all for administrators and auditors. */
export function ServicesPage() {
  const mayChange = useMayChange();
  const [dialog, setDialog] = useState<
    "new" | { readonly edit: Service } | { readonly remove: Service } | null
  >(null);
  const close = () => setDialog(null);
  const query = useHub(["services"], (signal) => hub.listServices({ limit: 200 }, { signal }));
  const actions = (one: Service) => (
    <EditButtons
      name={one.name}
      onEdit={() => setDialog({ edit: one })}
      onDelete={() => setDialog({ remove: one })}
    />
  );
  return (
    <Page
      title="Service accounts"
      actions={
        mayChange ? (
          <Button variant="primary" onClick={() => setDialog("new")}>
            Create service account
          </Button>
        ) : null
      }
    >
      <Loaded query={query}>
        {({ services }) =>
          services.length === 0 ? (
            <Nothing title="No service accounts">
              A service account is for a machine. Its stewards create its credentials, and it stays when they
              leave.
            </Nothing>
          ) : (
            <Rows
              label="Service accounts"
              columns={COLUMNS}
              rows={services}
              keyOf={(one) => one.id}
              {...(mayChange ? { actions } : {})}
            />
          )
        }
      </Loaded>
      {dialog === "new" ? <ServiceDialog service={null} onClose={close} /> : null}
      {dialog && dialog !== "new" && "edit" in dialog ? (
        <ServiceDialog service={dialog.edit} onClose={close} />
      ) : null}
      {dialog && dialog !== "new" && "remove" in dialog ? (
        <Confirm
          danger
          title={`Delete ${dialog.remove.name}?`}
          verb="Delete"
          onClose={close}
          onConfirm={async () => {
            await hub.deleteService(dialog.remove.name);
            await Promise.all([queries.invalidateQueries({ queryKey: ["services"] }), credentialsChanged()]);
          }}
        >
          All of its credentials are revoked at once.
        </Confirm>
      ) : null}
    </Page>
  );
}

function ServiceDialog({
  service,
  onClose,
}: {
  readonly service: Service | null;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState(service?.name ?? "");
  const [description, setDescription] = useState(service?.description ?? "");
  const [stewards, setStewards] = useState(service?.stewards ?? []);
  const [grants, setGrants] = useState(service?.grants.join("\n") ?? "");
  return (
    <FormDialog
      title={service ? `Service account ${service.name}` : "Create service account"}
      verb={service ? "Save" : "Create"}
      complete={name !== "" && stewards.length > 0}
      onClose={onClose}
      onSubmit={async () => {
        const change = { description, stewards, grants: wordsOf(grants) };
        await (service ? hub.updateService(name, change) : hub.createService({ name, ...change }));
        await queries.invalidateQueries({ queryKey: ["services"] });
      }}
    >
      {service ? null : (
        <Field id="service-name" label="Name" required focused value={name} onChange={setName} />
      )}
      <Field id="service-description" label="Description" value={description} onChange={setDescription} />
      <PeoplePicker
        id="service-stewards"
        label="Stewards"
        required
        people={stewards}
        onChange={setStewards}
      />
      <TextBox
        id="service-grants"
        name="grants"
        label="Permissions, one per line"
        help="type:name:action[,action], for example collection:acme.*:upload,download"
        code
        value={grants}
        onChange={setGrants}
      />
    </FormDialog>
  );
}
