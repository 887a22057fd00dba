import type { Terminal } from "./command.ts";

const INTERVAL_MS = 1_000;
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `1.5 MB` */
export function formatBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${UNITS[step]}`;
}

/** Tells how far long work is: a line a second, and none for work that is quick. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #total: number;
  #done = 0;
  #told = performance.now();

  constructor(terminal: Terminal, what: string, total: number) {
    this.#terminal = terminal;
    this.#what = what;
    this.#total = total;
  }

  add(bytes: number): void {
    this.#done += bytes;
    if (performance.now() - this.#told >= INTERVAL_MS) {
      this.#told = performance.now();
      this.#terminal.note(`${this.#what}: ${formatBytes(this.#done)} of ${formatBytes(this.#total)}\n`);
    }
  }
}
