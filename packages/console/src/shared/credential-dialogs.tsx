import type { Credential } from "@mintmark/sdk";
import { FormGroup } from "@patternfly/react-core";
import { useState } from "react";
import { AddressesDialog } from "./addresses-dialog.tsx";
import { Choice } from "./choice.tsx";
import { Confirm } from "./confirm.tsx";
import { Field } from "./field.tsx";
import { FormDialog } from "./form-dialog.tsx";
import type { Hold } from "./hold.ts";
import { credentialsChanged, hub } from "./hub.ts";
import { nameOf } from "./kinds.ts";
import { NarrowDialog } from "./narrow-dialog.tsx";
import { TextBox } from "./text-box.tsx";
import { dateTime } from "./time.tsx";

export type Change = "rename" | "touch" | "freeze" | "thaw" | "scopes" | "addresses" | "expiry";

interface DialogProps {
  readonly credential: Credential;
  readonly onClose: () => void;
}

/** The dialog for one change of a credential. The module is loaded when a menu first opens one. */
export function CredentialDialogs({
  change,
  hold,
  ...props
}: DialogProps & { readonly change: Change; readonly hold: Exclude<Hold, null> }) {
  switch (change) {
    case "rename":
      return <RenameDialog {...props} />;
    case "touch":
      return <KeepAliveDialog {...props} />;
    case "freeze":
      return <FreezeDialog {...props} />;
    case "thaw":
      return <ThawDialog {...props} />;
    case "scopes":
      return <NarrowDialog {...props} />;
    case "addresses":
      return <AddressesDialog {...props} hold={hold} />;
    case "expiry":
      return <ExpiryDialog {...props} />;
  }
}

function RenameDialog({ credential, onClose }: DialogProps) {
  const [title, setTitle] = useState(credential.title ?? "");
  const [note, setNote] = useState(credential.note ?? "");
  return (
    <FormDialog
      title={`Rename ${nameOf(credential)}`}
      verb="Save"
      onClose={onClose}
      onSubmit={async () => {
        await hub.editCredential(credential.id, { title: title.trim() || null, note: note.trim() || null });
        await credentialsChanged();
      }}
    >
      <Field
        id="edit-title"
        name="title"
        label="Title"
        focused
        lengthMax={255}
        value={title}
        onChange={setTitle}
      />
      <TextBox
        id="edit-note"
        name="note"
        label="Note"
        help="Where it is used, and who to ask. Do not write the secret here."
        lengthMax={1000}
        value={note}
        onChange={setNote}
      />
    </FormDialog>
  );
}

type Pause = "open" | "1" | "24" | "168";
const PAUSES: readonly (readonly [Pause, string])[] = [
  ["open", "Until somebody thaws it"],
  ["1", "For an hour"],
  ["24", "For a day"],
  ["168", "For a week"],
];
const HOUR_MS = 3_600_000;

function FreezeDialog({ credential, onClose }: DialogProps) {
  const [reason, setReason] = useState("");
  const [pause, setPause] = useState<Pause>("open");
  return (
    <FormDialog
      title={`Freeze ${nameOf(credential)}?`}
      intro="It is refused everywhere until it is thawed. Its expiry date and its idle time go on."
      verb="Freeze"
      onClose={onClose}
      onSubmit={async () => {
        await hub.freezeCredential(credential.id, {
          ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
          ...(pause === "open"
            ? {}
            : { until: new Date(Date.now() + Number(pause) * HOUR_MS).toISOString() }),
        });
        await credentialsChanged();
      }}
    >
      <Field
        id="freeze-reason"
        name="reason"
        label="Reason"
        help="Its users are told this."
        focused
        lengthMax={500}
        value={reason}
        onChange={setReason}
      />
      <FormGroup label="How long" fieldId="freeze-pause">
        <Choice id="freeze-pause" label="How long" value={pause} options={PAUSES} onChange={setPause} />
      </FormGroup>
    </FormDialog>
  );
}

function ThawDialog({ credential, onClose }: DialogProps) {
  return (
    <Confirm
      title={`Thaw ${nameOf(credential)}?`}
      verb="Thaw"
      onClose={onClose}
      onConfirm={async () => {
        await hub.thawCredential(credential.id, {});
        await credentialsChanged();
      }}
    >
      From then on it is accepted again.
    </Confirm>
  );
}

function KeepAliveDialog({ credential, onClose }: DialogProps) {
  return (
    <Confirm
      title={`Keep ${nameOf(credential)} alive?`}
      verb="Keep alive"
      onClose={onClose}
      onConfirm={async () => {
        await hub.touchCredential(credential.id);
        await credentialsChanged();
      }}
    >
      Its idle time begins anew, as after a use. After three times in a row it must be used for real.
    </Confirm>
  );
}

function ExpiryDialog({ credential, onClose }: DialogProps) {
  const [day, setDay] = useState("");
  const at = Date.parse(`${day}T23:59:59`);
  return (
    <FormDialog
      title={`Expire ${nameOf(credential)} earlier`}
      intro={
        credential.expiresAt === null
          ? "It has no expiry date yet. It cannot be moved to a later day afterwards."
          : `It expires on ${dateTime(credential.expiresAt)}. It can only be moved to an earlier day.`
      }
      verb="Save"
      complete={Number.isFinite(at)}
      onClose={onClose}
      onSubmit={async () => {
        await hub.editCredential(credential.id, { expiresAt: new Date(at).toISOString() });
        await credentialsChanged();
      }}
    >
      <Field
        id="edit-expiry"
        name="expiresAt"
        label="Last day"
        type="date"
        required
        focused
        value={day}
        onChange={setDay}
      />
    </FormDialog>
  );
}
