/** A stream of values for metrics: `publish` hands a value to every watcher. */
export class MetricStream<Value> {
  readonly #watchers: ((value: Value) => void)[] = [];

  watch(watcher: (value: Value) => void): void {
    this.#watchers.push(watcher);
  }

  publish(value: Value): void {
    for (const watcher of this.#watchers) {
      watcher(value);
    }
  }
}
