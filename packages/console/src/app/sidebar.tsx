import type { Role } from "@mintmark/sdk";
import { Nav, NavExpandable, NavItem, NavList, PageSidebar, PageSidebarBody } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { storedFolds, storeFolds } from "./folded-groups.ts";
import { NAVIGATION, type NavGroup } from "./routes.tsx";

export const SIDEBAR = "page-sidebar";

/** The navigation. Below 1200 px it covers the page. */
export function Sidebar({ role, isOpen }: { readonly role: Role; readonly isOpen: boolean }) {
  const { pathname } = useLocation();
  const active = activePath(pathname);
  const frame = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the entry of the page is shown after each change of the address
  useEffect(() => {
    const link = frame.current?.querySelector("[aria-current=page]");
    const scroller = frame.current?.closest(`#${SIDEBAR}`);
    if (link && scroller) {
      // Not `scrollIntoView`: in Chromium the next Tab would start from the link instead of the page's top.
      const below = link.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom;
      scroller.scrollTop += Math.max(0, below);
    }
  }, [active, isOpen]);
  return (
    <PageSidebar id={SIDEBAR} isSidebarOpen={isOpen} inert={!isOpen}>
      <PageSidebarBody>
        <div ref={frame}>
          <Nav aria-label="Pages" className="mm-nav">
            <NavList>
              {groupsOf(role).map((group) =>
                group.title === "" ? (
                  <Entries key="" group={group} active={active} />
                ) : (
                  <Group key={group.title} group={group} active={active} />
                ),
              )}
            </NavList>
          </Nav>
        </div>
      </PageSidebarBody>
    </PageSidebar>
  );
}

/** The groups and entries that the role may open; the administration comes before the own pages. */
function groupsOf(role: Role): readonly NavGroup[] {
  const allowed = ({ roles }: { readonly roles?: readonly Role[] }): boolean =>
    !roles || roles.includes(role);
  return NAVIGATION.filter(allowed).map((group) => ({ ...group, items: group.items.filter(allowed) }));
}

function Group({ group, active }: { readonly group: NavGroup; readonly active: string | undefined }) {
  const { title, items } = group;
  const [folded, setFolded] = useState(() => storedFolds().includes(title));
  const isActive = items.some(({ path }) => path === active);
  useEffect(() => {
    // Coming to a page of a folded group opens the group, so that the entry of the page can be seen.
    if (isActive) {
      setFolded(false);
    }
  }, [isActive]);
  return (
    <NavExpandable
      title={title}
      isExpanded={!folded}
      isActive={isActive}
      onExpand={(_event, expanded) => {
        setFolded(!expanded);
        const others = storedFolds().filter((each) => each !== title);
        storeFolds(expanded ? others : [...others, title]);
      }}
    >
      <Entries group={group} active={active} />
    </NavExpandable>
  );
}

function Entries({ group, active }: { readonly group: NavGroup; readonly active: string | undefined }) {
  return group.items.map(({ path, title }) => (
    <NavItem key={path} isActive={path === active}>
      <Link to={path} {...(path === active ? { "aria-current": "page" as const } : {})}>
        {title}
      </Link>
    </NavItem>
  ));
}

/** The longest entry that the address is at or below. */
function activePath(pathname: string): string | undefined {
  return NAVIGATION.flatMap(({ items }) => items.map(({ path }) => path))
    .filter((path) => pathname === path || pathname.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length)[0];
}
