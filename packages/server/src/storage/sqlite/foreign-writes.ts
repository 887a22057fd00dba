import type { NativeDatabase } from "./driver.ts";

/** How late this process may learn that another one wrote. */
const INTERVAL_MS = 250;

/** Notices that another process wrote to the file: a command of the operator, while the server runs. */
export class ForeignWrites {
  readonly #file: NativeDatabase;
  #timer: NodeJS.Timeout | null = null;
  #known: unknown = null;
  #onWrite: () => void = () => undefined;
  #isPaused = false;

  /** `file` is the connection that writes, so that a change of its data version is never its own doing. */
  constructor(file: NativeDatabase) {
    this.#file = file;
  }

  watch(onWrite: () => void): void {
    this.#onWrite = onWrite;
    this.#known = this.#version();
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
    this.#timer.unref();
  }

  /**
   * To be called while another connection of this process holds the write lock, so that its commit is not
   * taken for a foreign one. The returned function goes on watching; it is to be called after the commit.
   */
  pause(): () => void {
    this.#look();
    this.#isPaused = true;
    return () => {
      this.#isPaused = false;
      this.#known = this.#version();
    };
  }

  /** Tells of a foreign write that the caller has noticed. */
  report(): void {
    this.#onWrite();
  }

  stop(): void {
    if (this.#timer) {
      clearInterval(this.#timer);
    }
  }

  #look(): void {
    const version = this.#isPaused ? this.#known : this.#version();
    if (version !== this.#known) {
      this.#known = version;
      this.#onWrite();
    }
  }

  /** https://www.sqlite.org/pragma.html#pragma_data_version */
  #version(): unknown {
    const [row] = this.#file.prepare("pragma data_version").all() as { data_version: unknown }[];
    return row?.data_version;
  }
}
