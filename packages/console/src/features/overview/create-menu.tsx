import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { KIND_NAMES, KINDS } from "../../shared/kinds.ts";

/** Leads to the page that creates each kind, and says what the kind is for. */
export function CreateMenu() {
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "end", maxWidth: "min(24rem, calc(100vw - 3rem))" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="primary" isExpanded={open} onClick={() => setOpen(!open)}>
          Create
        </MenuToggle>
      )}
    >
      <DropdownList>
        {KIND_NAMES.map((kind) => (
          <DropdownItem
            key={kind}
            description={KINDS[kind].use}
            onClick={() => void navigate(KINDS[kind].path)}
          >
            {KINDS[kind].name}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
