const KEY = "mintmark-folded-groups";

/** The groups of the navigation that the person has folded, as this browser remembers them. */
export function storedFolds(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((title) => typeof title === "string") : [];
  } catch {
    return [];
  }
}

export function storeFolds(titles: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(titles));
  } catch {
    // A browser that stores nothing shows all groups at the next visit.
  }
}
