import type { Team } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { PeoplePicker } from "../../shared/people-picker.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { TextBox, wordsOf } from "../../shared/text-box.tsx";
import { useMayChange } from "../admin/staff.ts";
import { EditButtons } from "./edit-buttons.tsx";

const COLUMNS: readonly Column<Team>[] = [
  {
    title: "Name",
    cell: (one) => one.name,
    sortBy: (one) => one.name.toLowerCase(),
    clip: (one) => one.name,
    wide: true,
  },
  { title: "Members", cell: (one) => members(one), clip: (one) => members(one) },
  {
    title: "Permissions",
    cell: (one) => <code>{one.grants.join(" ")}</code>,
    clip: (one) => one.grants.join("\n"),
  },
  {
    title: "Provider's group",
    cell: (one) => one.externalGroup ?? "",
    clip: (one) => one.externalGroup ?? "",
  },
];

/** Those whom the identity provider's group added cannot be taken out here. */
function members({ members: all, externalMembers }: Team): string {
  return all.map((name) => (externalMembers.includes(name) ? `${name} (by the provider)` : name)).join(", ");
}

export function TeamsPage() {
  const mayChange = useMayChange();
  const [dialog, setDialog] = useState<"new" | { readonly edit: Team } | { readonly remove: Team } | null>(
    null,
  );
  const close = () => setDialog(null);
  const query = useHub(["teams"], (signal) => hub.listTeams({ limit: 200 }, { signal }));
  const actions = (one: Team) => (
    <EditButtons
      name={one.name}
      onEdit={() => setDialog({ edit: one })}
      onDelete={() => setDialog({ remove: one })}
    />
  );
  return (
    <Page
      title="Teams"
      actions={
        mayChange ? (
          <Button variant="primary" onClick={() => setDialog("new")}>
            Create team
          </Button>
        ) : null
      }
    >
      <Loaded query={query}>
        {({ teams }) =>
          teams.length === 0 ? (
            <Nothing title="No teams">
              Members of a team hold its permissions in addition to their own.
            </Nothing>
          ) : (
            <Rows
              label="Teams"
              columns={COLUMNS}
              rows={teams}
              keyOf={(one) => one.id}
              {...(mayChange ? { actions } : {})}
            />
          )
        }
      </Loaded>
      {dialog === "new" ? <TeamDialog team={null} onClose={close} /> : null}
      {dialog && dialog !== "new" && "edit" in dialog ? (
        <TeamDialog team={dialog.edit} onClose={close} />
      ) : null}
      {dialog && dialog !== "new" && "remove" in dialog ? (
        <Confirm
          danger
          title={`Delete ${dialog.remove.name}?`}
          verb="Delete"
          onClose={close}
          onConfirm={async () => {
            await hub.deleteTeam(dialog.remove.name);
            await changed();
          }}
        >
          Its members lose the permissions of the team, and its Quay robots are deleted.
        </Confirm>
      ) : null}
    </Page>
  );
}

async function changed(): Promise<void> {
  const keys = ["teams", "users", "authority"];
  await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
}

function TeamDialog({ team, onClose }: { readonly team: Team | null; readonly onClose: () => void }) {
  const byHand = team?.members.filter((name) => !team.externalMembers.includes(name)) ?? [];
  const [name, setName] = useState(team?.name ?? "");
  const [grants, setGrants] = useState(team?.grants.join("\n") ?? "");
  const [people, setPeople] = useState<readonly string[]>(byHand);
  const [group, setGroup] = useState(team?.externalGroup ?? "");
  return (
    <FormDialog
      title={team ? `Team ${team.name}` : "Create team"}
      verb={team ? "Save" : "Create"}
      complete={name !== ""}
      onClose={onClose}
      onSubmit={async () => {
        const change = { grants: wordsOf(grants), externalGroup: group === "" ? null : group };
        await (team ? hub.updateTeam(name, change) : hub.createTeam({ name, ...change }));
        for (const added of people.filter((one) => !byHand.includes(one))) {
          await hub.addTeamMember(name, added);
        }
        for (const left of byHand.filter((one) => !people.includes(one))) {
          await hub.removeTeamMember(name, left);
        }
        await changed();
      }}
    >
      {team ? null : <Field id="team-name" label="Name" required focused value={name} onChange={setName} />}
      <TextBox
        id="team-grants"
        name="grants"
        label="Permissions, one per line"
        help="type:name:action[,action], for example collection:acme.*:upload,download"
        code
        value={grants}
        onChange={setGrants}
      />
      <PeoplePicker id="team-people" label="Members" people={people} onChange={setPeople} />
      <Field id="team-group" label="Group at the identity provider" value={group} onChange={setGroup} />
    </FormDialog>
  );
}
