import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/**
 * SQLite's own check of the whole file in a process of its own, which a stop of the server can end at any
 * moment: a thread inside one long statement could not be ended.
 */
export class DamageCheck {
  #child: ChildProcess | null = null;

  /** Calls back with the finding if the file is damaged. */
  start(path: string, onDamage: (finding: string) => void): void {
    const source = fileURLToPath(new URL("./check-file.ts", import.meta.url));
    const isBuilt = !import.meta.url.endsWith(".ts");
    const program = isBuilt ? source.replace(/\.ts$/, ".js") : source;
    const runtime = isBuilt ? [] : ["--import", "tsx"];
    const child = spawn(process.execPath, [...runtime, program, path], {
      env: {},
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#child = child;
    child.unref();
    // A process that could not be started has found nothing.
    child.on("error", () => undefined);
    if (child.stdout) {
      createInterface({ input: child.stdout }).on("line", onDamage);
    }
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
  }
}
