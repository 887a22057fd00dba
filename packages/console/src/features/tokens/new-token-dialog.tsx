import type { CreateCredentialAnswer } from "@mintmark/sdk";
import {
  Button,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "../../shared/action.ts";
import { Choice } from "../../shared/choice.tsx";
import { credentialsChanged, hub } from "../../shared/hub.ts";
import { Problem } from "../../shared/problem.tsx";
import { scopeWords } from "../../shared/scope-words.ts";
import { useSession } from "../../shared/session.ts";
import { date, durationWords } from "../../shared/time.tsx";

type End = "30d" | "90d" | "1y" | "date" | "idle" | "never";

const ENDS: readonly (readonly [End, string])[] = [
  ["30d", "In 30 days"],
  ["90d", "In 90 days"],
  ["1y", "In a year"],
  ["date", "On a day that I choose"],
  ["idle", "After a time without use"],
  ["never", "Never"],
];
const DAYS: Partial<Readonly<Record<End, number>>> = { "30d": 30, "90d": 90, "1y": 365 };
const DAY_MS = 86_400_000;

export function NewTokenDialog({
  onClose,
  onMade,
}: {
  readonly onClose: () => void;
  readonly onMade: (made: CreateCredentialAnswer) => void;
}) {
  const { session } = useSession();
  const [title, setTitle] = useState("");
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState("");
  const [end, setEnd] = useState<End>("90d");
  const [day, setDay] = useState("");
  const [idle, setIdle] = useState("30d");
  const scopes = [...new Set([...picked, ...typed.split(/\s+/).filter((scope) => scope !== "")])];
  const expiresAt = endDate(end, day);
  const make = useAction(async () => {
    const made = await hub.createCredential({
      kind: "personal_token",
      title,
      scopes,
      ...(expiresAt === null ? {} : { expiresAt }),
      ...(end === "idle" ? { idle } : {}),
    });
    onMade(made);
    await credentialsChanged();
  });
  const complete = title.trim() !== "" && scopes.length > 0 && (end !== "date" || expiresAt !== null);
  return (
    <Modal isOpen variant="medium" aria-label="New personal token" onClose={onClose}>
      <ModalHeader title="New personal token" />
      <ModalBody>
        <Form
          id="new-token"
          onSubmit={(event) => {
            event.preventDefault();
            void make.run();
          }}
        >
          <FormGroup label="Title" fieldId="token-title" isRequired>
            <TextInput
              id="token-title"
              isRequired
              autoFocus
              maxLength={255}
              value={title}
              onChange={(_event, value) => setTitle(value)}
            />
          </FormGroup>
          <Rights held={session.scopes} picked={picked} typed={typed} onPick={setPicked} onType={setTyped} />
          <FormGroup label="Ends" fieldId="token-end">
            <Choice id="token-end" label="Ends" value={end} options={ENDS} onChange={setEnd} />
          </FormGroup>
          {end === "date" ? (
            <FormGroup label="Day" fieldId="token-day" isRequired>
              <TextInput
                id="token-day"
                type="date"
                isRequired
                value={day}
                onChange={(_event, value) => setDay(value)}
              />
            </FormGroup>
          ) : null}
          {end === "idle" ? (
            <FormGroup label="Time without use" fieldId="token-idle">
              <Choice
                id="token-idle"
                label="Time without use"
                value={idle}
                options={["7d", "30d", "90d"].map((each) => [each, durationWords(each)] as const)}
                onChange={setIdle}
              />
            </FormGroup>
          ) : null}
        </Form>
        <Preview scopes={scopes} end={end} expiresAt={expiresAt} idle={idle} />
        <Problem sentence={make.problem} />
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="new-token"
          variant="primary"
          isLoading={make.busy}
          isDisabled={make.busy || !complete}
        >
          Make token
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function endDate(end: End, day: string): string | null {
  const days = DAYS[end];
  if (days !== undefined) {
    return new Date(Date.now() + days * DAY_MS).toISOString();
  }
  const chosen = end === "date" ? Date.parse(`${day}T23:59:59`) : Number.NaN;
  return Number.isFinite(chosen) ? new Date(chosen).toISOString() : null;
}

function Rights({
  held,
  picked,
  typed,
  onPick,
  onType,
}: {
  readonly held: readonly string[];
  readonly picked: readonly string[];
  readonly typed: string;
  readonly onPick: (scopes: readonly string[]) => void;
  readonly onType: (text: string) => void;
}) {
  return (
    <FormGroup role="group" label="What it may do" isRequired>
      <div className="mm-checks">
        {held.map((scope) => (
          <Checkbox
            key={scope}
            id={`scope-${scope}`}
            label={scopeWords(scope)}
            description={<code>{scope}</code>}
            isChecked={picked.includes(scope)}
            onChange={(_event, checked) =>
              onPick(checked ? [...picked, scope] : picked.filter((each) => each !== scope))
            }
          />
        ))}
      </div>
      <div className="mm-problem">
        <label htmlFor="scope-typed">Narrower, one scope a line</label>
        <TextArea
          id="scope-typed"
          className="mm-code"
          rows={2}
          placeholder="repository:team/app:pull"
          value={typed}
          onChange={(_event, value) => onType(value)}
        />
      </div>
      <FormHelperText>
        <HelperText>
          <HelperTextItem>
            type:name:action[,action]. It never does more than you may do yourself.
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

function Preview({
  scopes,
  end,
  expiresAt,
  idle,
}: {
  readonly scopes: readonly string[];
  readonly end: End;
  readonly expiresAt: string | null;
  readonly idle: string;
}) {
  if (scopes.length === 0) {
    return <p className="mm-problem mm-quiet">Choose at least one thing that it may do.</p>;
  }
  const until =
    end === "idle"
      ? `until it was not used for ${durationWords(idle)}`
      : expiresAt === null
        ? "until you revoke it"
        : `until ${date(expiresAt)}`;
  return (
    <p className="mm-problem" aria-live="polite">
      This token will be able to {scopes.map(scopeWords).join("; ")}, {until}.
    </p>
  );
}
