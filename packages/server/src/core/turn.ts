/**
 * Lets the event loop come round. Where the store is synchronous, an await alone never does: a loop of
 * queries would keep every other request waiting until it ends.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
