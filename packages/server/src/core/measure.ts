/** A stream of values for metrics: `note` publishes a value to every watcher. */
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
