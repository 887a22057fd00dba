import type { CreateWebhookAnswer } from "@mintmark/sdk";
import { FormGroup, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { hub, queries } from "../../shared/hub.ts";

export function NewWebhookDialog({
  onClose,
  onMade,
}: {
  readonly onClose: () => void;
  readonly onMade: (made: CreateWebhookAnswer) => void;
}) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState("*");
  const [description, setDescription] = useState("");
  return (
    <FormDialog
      title="Create webhook"
      verb="Create"
      complete={url.trim() !== "" && events.trim() !== ""}
      onClose={onClose}
      onSubmit={async () => {
        const made = await hub.createWebhook({
          url: url.trim(),
          events: events.split(/[\s,]+/).filter((word) => word !== ""),
          ...(description.trim() === "" ? {} : { description: description.trim() }),
        });
        onMade(made);
        await queries.invalidateQueries({ queryKey: ["webhooks"] });
      }}
    >
      <Field id="webhook-url" label="Address" required focused value={url} onChange={setUrl} />
      <FormGroup label="Events, one a line; * for all" fieldId="webhook-events">
        <TextArea
          id="webhook-events"
          rows={3}
          value={events}
          onChange={(_event, value) => setEvents(value)}
        />
      </FormGroup>
      <Field id="webhook-description" label="Description" value={description} onChange={setDescription} />
    </FormDialog>
  );
}
