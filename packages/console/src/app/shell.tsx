import type { GetSessionAnswer } from "@mintmark/sdk";
import {
  Bullseye,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavGroup,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Spinner,
} from "@patternfly/react-core";
import { BarsIcon } from "@patternfly/react-icons";
import { Suspense, useEffect, useState } from "react";
import { Link, Navigate, Route, Routes, useLocation } from "react-router";
import mark from "../mark.svg";
import { hub, queries } from "../shared/hub.ts";
import { SessionContext } from "../shared/session.ts";
import { ErrorFence } from "./error-fence.tsx";
import { LogInAgain } from "./log-in-again.tsx";
import { NotFoundPage } from "./not-found-page.tsx";
import { NAVIGATION, ROUTES } from "./routes.tsx";
import { UserMenu } from "./user-menu.tsx";

const MAIN = "main-content";
/** PatternFly folds the sidebar away below this. */
const WIDE = window.matchMedia("(min-width: 75rem)");

/** The frame around a page for a signed-in person. */
export function Shell({ session }: { readonly session: GetSessionAnswer }) {
  const { pathname } = useLocation();
  const [sidebar, setSidebar] = useState(WIDE.matches);
  const { role, username } = session.user;
  useEffect(() => {
    WIDE.onchange = () => setSidebar(WIDE.matches);
    return () => {
      WIDE.onchange = null;
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the address closes a sidebar that covers the page
  useEffect(() => {
    if (!WIDE.matches) {
      setSidebar(false);
    }
  }, [pathname]);
  const signOut = async () => {
    await hub.closeSession();
    queries.clear();
    window.location.assign(document.baseURI);
  };
  return (
    <SessionContext value={{ session, signOut }}>
      <Page
        masthead={<TopBar sidebar={sidebar} onToggle={() => setSidebar(!sidebar)} />}
        sidebar={<Sidebar role={role} pathname={pathname} isOpen={sidebar} />}
        skipToContent={
          <SkipToContent href={`${pathname}#${MAIN}`} onClick={focusMain}>
            Skip to content
          </SkipToContent>
        }
        mainContainerId={MAIN}
        mainTabIndex={0}
      >
        <ErrorFence key={pathname}>
          <Suspense
            fallback={
              <Bullseye className="mm-waiting">
                <Spinner aria-label="Loading" />
              </Bullseye>
            }
          >
            <Routes>
              <Route path="/" element={<Navigate to="/overview" replace />} />
              {ROUTES.filter(({ roles }) => !roles || roles.includes(role)).map(
                ({ path, page: PageOfRoute }) => (
                  <Route key={path} path={path} element={<PageOfRoute />} />
                ),
              )}
              <Route path="*" element={<NotFoundPage />} />
            </Routes>
          </Suspense>
        </ErrorFence>
      </Page>
      <LogInAgain username={username} />
    </SessionContext>
  );
}

function focusMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById(MAIN)?.focus();
}

function TopBar({ sidebar, onToggle }: { readonly sidebar: boolean; readonly onToggle: () => void }) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton
            variant="plain"
            aria-label="Navigation"
            isSidebarOpen={sidebar}
            onSidebarToggle={onToggle}
          >
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/overview" className="mm-brand" aria-label="Mintmark, overview">
            <img src={mark} alt="" />
            <span>Mintmark</span>
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="mm-user-menu">
          <UserMenu />
        </div>
      </MastheadContent>
    </Masthead>
  );
}

function Sidebar({
  role,
  pathname,
  isOpen,
}: {
  readonly role: GetSessionAnswer["user"]["role"];
  readonly pathname: string;
  readonly isOpen: boolean;
}) {
  const groups = NAVIGATION.filter(({ roles }) => !roles || roles.includes(role));
  return (
    <PageSidebar isSidebarOpen={isOpen}>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          {groups.map(({ title, items }) => {
            const own = items.filter(({ roles }) => !roles || roles.includes(role));
            const links = own.map(({ path, title: name }) => (
              <NavItem key={path} isActive={path === activePath(pathname)}>
                <Link
                  to={path}
                  {...(path === activePath(pathname) ? { "aria-current": "page" as const } : {})}
                >
                  {name}
                </Link>
              </NavItem>
            ));
            return title === "" ? (
              <NavList key={title}>{links}</NavList>
            ) : (
              <NavGroup key={title} title={title}>
                {links}
              </NavGroup>
            );
          })}
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

/** The longest entry that the address is at or below. */
function activePath(pathname: string): string | undefined {
  return NAVIGATION.flatMap(({ items }) => items.map(({ path }) => path))
    .filter((path) => pathname === path || pathname.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length)[0];
}
