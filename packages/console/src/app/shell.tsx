import type { GetSessionAnswer } from "@mintmark/sdk";
import { Bullseye, Page, SkipToContent, Spinner } from "@patternfly/react-core";
import { Suspense, useEffect, useState } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { hub, queries } from "../shared/hub.ts";
import { SessionContext } from "../shared/session.ts";
import { ErrorFence } from "./error-fence.tsx";
import { LeaveGuard } from "./leave-guard.tsx";
import { LogInAgain } from "./log-in-again.tsx";
import { NotFoundPage } from "./not-found-page.tsx";
import { RestoredBanner } from "./restored-banner.tsx";
import { ROUTES } from "./routes.tsx";
import { SIDEBAR, Sidebar } from "./sidebar.tsx";
import { TopBar } from "./top-bar.tsx";

const MAIN = "main-content";
/** PatternFly folds the sidebar away below this. */
const WIDE = window.matchMedia("(min-width: 75rem)");

/** The frame around a page for a signed-in person. */
export function Shell({ session }: { readonly session: GetSessionAnswer }) {
  const { pathname } = useLocation();
  const [wide, setWide] = useState(WIDE.matches);
  const [sidebar, setSidebar] = useState(WIDE.matches);
  const { role, username } = session.user;
  useEffect(() => {
    WIDE.onchange = () => {
      setWide(WIDE.matches);
      setSidebar(WIDE.matches);
    };
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
  useEffect(() => {
    if (wide || !sidebar) {
      return;
    }
    const closeByKey = ({ key }: KeyboardEvent) => key === "Escape" && setSidebar(false);
    const closeByPress = ({ target }: PointerEvent) => {
      if (!(target instanceof Element && target.closest(`#${SIDEBAR}, header`))) {
        setSidebar(false);
      }
    };
    window.addEventListener("keydown", closeByKey);
    window.addEventListener("pointerdown", closeByPress);
    return () => {
      window.removeEventListener("keydown", closeByKey);
      window.removeEventListener("pointerdown", closeByPress);
    };
  }, [wide, sidebar]);
  const signOut = async () => {
    await hub.closeSession();
    queries.clear();
    window.location.assign(document.baseURI);
  };
  return (
    <SessionContext value={{ session, signOut }}>
      <LeaveGuard>
        <Page
          masthead={<TopBar sidebar={sidebar} onToggle={() => setSidebar(!sidebar)} />}
          sidebar={<Sidebar role={role} isOpen={sidebar} />}
          // PatternFly lets the sidebar cover a narrow page only when it watches the page's width.
          onPageResize={ignore}
          skipToContent={
            <SkipToContent href={`${pathname}#${MAIN}`} onClick={focusMain}>
              Skip to content
            </SkipToContent>
          }
          mainContainerId={MAIN}
          mainTabIndex={0}
        >
          {role === "member" ? null : <RestoredBanner />}
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
      </LeaveGuard>
    </SessionContext>
  );
}

function ignore(): void {}

function focusMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById(MAIN)?.focus();
}
