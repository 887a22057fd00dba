export type Theme = "system" | "light" | "dark";

/** With the folded groups of the navigation, all that the console stores in the browser. */
const KEY = "mintmark-theme";
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

export function applyTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing follows the system at the next visit.
  }
  const paint = () => {
    const dark = theme === "dark" || (theme === "system" && DARK.matches);
    document.documentElement.classList.toggle("pf-v6-theme-dark", dark);
  };
  paint();
  DARK.onchange = paint;
}
