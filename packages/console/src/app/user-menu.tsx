import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { MoonIcon, SunIcon, UserIcon } from "@patternfly/react-icons";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useSession } from "../shared/session.ts";
import { applyTheme, storedTheme, type Theme } from "./theme.ts";

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "Theme: system"],
  ["light", "Theme: light"],
  ["dark", "Theme: dark"],
];

/** The avatar: profile and settings, theme, sign out. */
export function UserMenu() {
  const { session, signOut } = useSession();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [theme, setTheme] = useState(storedTheme);
  const { username, displayName } = session.user;
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "end" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={open} icon={<UserIcon />} onClick={() => setOpen(!open)}>
          {displayName ?? username}
        </MenuToggle>
      )}
    >
      <DropdownList>
        <DropdownItem onClick={() => navigate("/profile/api-key")}>Profile and settings</DropdownItem>
        <Divider component="li" />
        {THEMES.map(([each, words]) => (
          <DropdownItem
            key={each}
            isSelected={theme === each}
            icon={each === "dark" ? <MoonIcon /> : <SunIcon />}
            onClick={() => {
              setTheme(each);
              applyTheme(each);
            }}
          >
            {words}
          </DropdownItem>
        ))}
        <Divider component="li" />
        <DropdownItem onClick={() => void signOut()}>Sign out</DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
