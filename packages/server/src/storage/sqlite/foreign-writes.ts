import type { NativeDatabase } from "./driver.ts";

/** How late this process may learn that another one wrote. */
const INTERVAL_MS = 250;

/** Notices that another process wrote to the file: a command of the operator, while the server runs. */
export class ForeignWrites {
  readonly #file: NativeDatabase;
  #timer: NodeJS.Timeout | null = null;

  /** `file` is the connection that writes, so that a change of its data version is never its own doing. */
  constructor(file: NativeDatabase) {
    this.#file = file;
  }

  watch(onWrite: () => void): void {
    let known = this.#version();
    this.#timer = setInterval(() => {
      const version = this.#version();
      if (version !== known) {
        known = version;
        onWrite();
      }
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) {
      clearInterval(this.#timer);
    }
  }

  /** https://www.sqlite.org/pragma.html#pragma_data_version */
  #version(): unknown {
    const [row] = this.#file.prepare("pragma data_version").all() as { data_version: unknown }[];
    return row?.data_version;
  }
}
