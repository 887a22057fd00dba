import { Alert } from "@patternfly/react-core";
import { useEffect, useRef } from "react";

/** The failure of the latest action: scrolled into view, focused, and read out at once. */
export function Problem({ sentence }: { readonly sentence: string | null }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (sentence !== null && frame.current) {
      showElement(frame.current);
    }
  }, [sentence]);
  return sentence === null ? null : (
    <div ref={frame} tabIndex={-1} className="mm-problem">
      <Alert isInline isLiveRegion component="p" variant="danger" title={sentence} />
    </div>
  );
}

export function showElement(element: HTMLElement): void {
  element.scrollIntoView({ block: "nearest" });
  element.focus({ preventScroll: true });
}
