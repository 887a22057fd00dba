import { hasUnsaved } from "../shared/unsaved.ts";

type Ask = (proceed: () => void) => void;

/** The entry of the history that is shown, and who asks before it is left. */
let shown: { readonly index: number; readonly path: string; readonly ask: Ask } | null = null;
let isReturning = false;

/** Says which entry of the history is shown; null if nobody is there to ask. */
export function markShownEntry(ask: Ask | null): void {
  shown = ask === null ? null : { index: entryIndex(), path: window.location.pathname, ask };
}

/**
 * The browser cannot be kept from going back, so this goes forward again before the router notices, and asks
 * then. The router listens later, when it is first drawn; listeners are called in their order.
 */
function intercept(event: PopStateEvent): void {
  if (isReturning) {
    isReturning = false;
    event.stopImmediatePropagation();
    return;
  }
  if (shown === null || !hasUnsaved() || window.location.pathname === shown.path) {
    return;
  }
  const steps = entryIndex() - shown.index;
  if (steps === 0) {
    return;
  }
  event.stopImmediatePropagation();
  isReturning = true;
  window.history.go(-steps);
  shown.ask(() => window.history.go(steps));
}

/** The router numbers its entries in the history. */
function entryIndex(): number {
  const { idx } = (window.history.state ?? {}) as { readonly idx?: number };
  return idx ?? 0;
}

window.addEventListener("popstate", intercept);
