import { lazy, type ReactNode, Suspense, useContext, useEffect, useMemo, useRef, useState } from "react";
import { UNSAFE_NavigationContext as NavigationContext, useLocation } from "react-router";
import { forgetUnsaved, hasUnsaved } from "../shared/unsaved.ts";
import { markShownEntry } from "./back-question.ts";

const LeaveDialog = lazy(async () => ({ default: (await import("./leave-dialog.tsx")).LeaveDialog }));

/**
 * Asks before a page is left that shows a secret which nobody has saved: by a link, by the way back, and by
 * closing or reloading the tab. A change of the address within the page, such as a filter, does not ask.
 */
export function LeaveGuard({ children }: { readonly children: ReactNode }) {
  const [leave, setLeave] = useState<(() => void) | null>(null);
  const ask = (proceed: () => void) => setLeave(() => proceed);
  const { key } = useLocation();
  useUnloadQuestion();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each entry of the history has its own key
  useEffect(() => {
    markShownEntry((proceed) => setLeave(() => proceed));
    return () => markShownEntry(null);
  }, [key]);
  return (
    <GuardedNavigation onAsk={ask}>
      {children}
      {leave === null ? null : (
        <Suspense fallback={null}>
          <LeaveDialog
            onStay={() => setLeave(null)}
            onLeave={() => {
              setLeave(null);
              forgetUnsaved();
              leave();
            }}
          />
        </Suspense>
      )}
    </GuardedNavigation>
  );
}

/** Links and programs navigate through the router's navigator; this one asks first. */
function GuardedNavigation({
  onAsk,
  children,
}: {
  readonly onAsk: (proceed: () => void) => void;
  readonly children: ReactNode;
}) {
  const context = useContext(NavigationContext);
  const asked = useRef(onAsk);
  asked.current = onAsk;
  const guarded = useMemo(() => {
    const { navigator } = context;
    const guard = (path: string | undefined, proceed: () => void) => {
      if (hasUnsaved() && path !== window.location.pathname) {
        asked.current(proceed);
      } else {
        proceed();
      }
    };
    const pathOf = (to: Parameters<typeof navigator.push>[0]) =>
      new URL(navigator.createHref(to), window.location.href).pathname;
    return {
      ...context,
      navigator: {
        ...navigator,
        push: (...args: Parameters<typeof navigator.push>) =>
          guard(pathOf(args[0]), () => navigator.push(...args)),
        replace: (...args: Parameters<typeof navigator.replace>) =>
          guard(pathOf(args[0]), () => navigator.replace(...args)),
      },
    };
  }, [context]);
  return <NavigationContext value={guarded}>{children}</NavigationContext>;
}

/** The browser asks in its own words before the tab is closed, reloaded or led elsewhere. */
function useUnloadQuestion(): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => hasUnsaved() && event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
}
