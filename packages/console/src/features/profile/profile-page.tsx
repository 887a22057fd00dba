import { Nav, NavItem, NavList } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { Page } from "../../shared/page.tsx";
import { useSession } from "../../shared/session.ts";

const TABS = [
  ["/profile/api-key", "API key"],
  ["/profile/security", "Password and sessions"],
  ["/profile/notifications", "Notifications"],
] as const;

/** Profile and settings, where the avatar leads to: the same head above each of its tabs. */
export function ProfilePage({ children }: { readonly children: ReactNode }) {
  const { pathname } = useLocation();
  const { username, role, email } = useSession().session.user;
  return (
    <Page
      title="Profile and settings"
      intro={`Signed in as ${username}${email === null ? "" : ` (${email})`}, role ${role}.`}
    >
      <Nav variant="horizontal-subnav" aria-label="Profile" className="mm-tabs">
        <NavList>
          {TABS.map(([path, words]) => (
            <NavItem key={path} isActive={path === pathname}>
              <Link to={path} {...(path === pathname ? { "aria-current": "page" as const } : {})}>
                {words}
              </Link>
            </NavItem>
          ))}
        </NavList>
      </Nav>
      {children}
    </Page>
  );
}
