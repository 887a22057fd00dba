/** The places of this page that show a secret which nobody has copied, shown or downloaded yet. */
const unsaved = new Set<object>();

/** A new secret is shown at this place. */
export function addUnsaved(place: object): void {
  unsaved.add(place);
}

/** The secret of this place is shown no more. */
export function removeUnsaved(place: object): void {
  unsaved.delete(place);
}

/** The person has saved what is shown, or wants to lose it. */
export function forgetUnsaved(): void {
  unsaved.clear();
}

export function hasUnsaved(): boolean {
  return unsaved.size > 0;
}
