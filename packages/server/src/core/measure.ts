/**
 * Something that happens again and again and that somebody may count. Who watches decides what to make of it.
 */
export class Measure<Value> {
  readonly #watchers: ((value: Value) => void)[] = [];

  watch(watcher: (value: Value) => void): void {
    this.#watchers.push(watcher);
  }

  note(value: Value): void {
    for (const watcher of this.#watchers) {
      watcher(value);
    }
  }
}
