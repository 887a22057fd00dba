import type { CredentialKind } from "@mintmark/sdk";
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useState } from "react";
import { KIND_NAMES, KINDS } from "./kinds.ts";

/** Asks which kind of credential to create, and says what each is for. */
export function KindMenu({
  words,
  onChoose,
}: {
  readonly words: string;
  readonly onChoose: (kind: CredentialKind) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "end", maxWidth: "min(24rem, calc(100vw - 3rem))" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="primary" isExpanded={open} onClick={() => setOpen(!open)}>
          {words}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {KIND_NAMES.map((kind) => (
          <DropdownItem key={kind} description={KINDS[kind].use} onClick={() => onChoose(kind)}>
            {KINDS[kind].name}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
