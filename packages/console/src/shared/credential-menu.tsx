import type { Credential } from "@mintmark/sdk";
import { Button, Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { EllipsisVIcon } from "@patternfly/react-icons";
import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";
import type { Change } from "./credential-dialogs.tsx";
import { type Hold, isLive, mayThaw } from "./hold.ts";
import { nameOf } from "./kinds.ts";

const Dialogs = lazy(async () => ({
  default: (await import("./credential-dialogs.tsx")).CredentialDialogs,
}));

interface Entry {
  readonly words: string;
  readonly change: Change | "rotate";
  /** Why it cannot be chosen now. */
  readonly obstacle?: string | null;
}

/** Everything but the revocation that can be done with a credential. */
export function CredentialMenu({
  credential,
  hold,
  path,
}: {
  readonly credential: Credential;
  readonly hold: Hold;
  /** The address of its page. */
  readonly path: string;
}) {
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [change, setChange] = useState<Change | null>(null);
  if (hold === null || !isLive(credential)) {
    return null;
  }
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
            variant="plain"
            isExpanded={open}
            icon={<EllipsisVIcon />}
            aria-label={`Actions for ${nameOf(credential)}`}
            onClick={() => setOpen(!open)}
          />
        )}
      >
        <DropdownList>
          {entriesOf(credential, hold).map(({ words, change: next, obstacle = null }) => (
            <DropdownItem
              key={words}
              isDisabled={obstacle !== null}
              {...(obstacle === null ? {} : { description: obstacle })}
              onClick={() => (next === "rotate" ? void navigate(`${path}/rotate`) : setChange(next))}
            >
              {words}
            </DropdownItem>
          ))}
        </DropdownList>
      </Dropdown>
      {change === null ? null : (
        <Suspense fallback={null}>
          <Dialogs credential={credential} hold={hold} change={change} onClose={() => setChange(null)} />
        </Suspense>
      )}
    </>
  );
}

/** One change as a button of its own. */
export function ChangeButton({
  credential,
  hold,
  change,
  words,
}: {
  readonly credential: Credential;
  readonly hold: Exclude<Hold, null>;
  readonly change: Change;
  readonly words: string;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="secondary" onClick={() => setOpen(true)}>
        {words}
      </Button>
      {open ? (
        <Suspense fallback={null}>
          <Dialogs credential={credential} hold={hold} change={change} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function entriesOf(credential: Credential, hold: Exclude<Hold, null>): readonly Entry[] {
  const { state, idleExpiresAt } = credential;
  const isFrozen = state === "frozen";
  const whileFrozen = isFrozen ? "Thaw it first." : null;
  const owners: readonly Entry[] = [
    { words: "Rename", change: "rename" },
    { words: "Rotate", change: "rotate", obstacle: whileFrozen },
    ...(idleExpiresAt === null
      ? []
      : [{ words: "Keep alive", change: "touch" as const, obstacle: whileFrozen }]),
  ];
  const freezing: Entry = isFrozen
    ? {
        words: "Thaw",
        change: "thaw",
        obstacle: mayThaw(credential, hold) ? null : "Only an administrator can thaw it.",
      }
    : { words: "Freeze", change: "freeze" };
  return [
    ...(hold === "owner" ? owners : []),
    freezing,
    { words: "Narrow permissions", change: "scopes" },
    { words: "Limit to addresses", change: "addresses" },
    { words: "Expire earlier", change: "expiry" },
  ];
}
