import { useEffect, useRef, useState } from "react";

const SAID_MS = 4000;

/** Puts text on the clipboard, also over plain HTTP, where browsers keep the newer interface back. */
async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused by the browser's settings: the older way may still be open.
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  area.className = "mm-offscreen";
  const focused = document.activeElement;
  // Inside an open dialog, since a dialog keeps the focus to itself.
  (focused?.closest("[role=dialog]") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) {
    focused.focus();
  }
  return copied;
}

/** `said` is what to tell the person, for a few seconds after each copy; `copy` resolves with its success. */
export function useCopy(text: string): { readonly said: string | null; copy(): Promise<boolean> } {
  const [said, setSaid] = useState<string | null>(null);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return {
    said,
    copy: async () => {
      const copied = await copyText(text);
      setSaid(copied ? "Copied" : "The browser refused; select the text and copy it");
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setSaid(null), SAID_MS);
      return copied;
    },
  };
}
