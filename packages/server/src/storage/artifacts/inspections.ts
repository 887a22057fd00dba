import type { Worker } from "node:worker_threads";
import type { Inspection } from "../../core/collection/ports.ts";
import { startThread } from "../threads/start-thread.ts";
import type { TarballFile } from "./inspect-tarball.ts";

export interface InspectionQuestion {
  readonly id: number;
  readonly file: TarballFile;
}

export type InspectionAnswer = { readonly id: number } & (
  | { readonly inspection: Inspection }
  /** The disk failed. */
  | { readonly fault: { readonly message: string; readonly code: string | undefined } }
);

interface Waiting {
  readonly resolve: (inspection: Inspection) => void;
  readonly reject: (error: Error) => void;
}

/** Far more than the largest real archive needs; one that takes longer is hostile. */
const TIMEOUT_MS = 60_000;
const MEMORY_MB_MAX = 512;

/**
 * Inspects tarballs one after another in a worker thread, so that none of them blocks the event loop. The
 * thread starts with the first tarball and does not keep the process alive.
 */
export class Inspections {
  #worker: Worker | null = null;
  #count = 0;
  #waiting = new Map<number, Waiting>();
  #last: Promise<unknown> = Promise.resolve();

  /** Rejects only if the disk or the thread fails. */
  inspect(file: TarballFile): Promise<Inspection> {
    const turn = this.#last.then(() => this.#ask(file));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #ask(file: TarballFile): Promise<Inspection> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    this.#count += 1;
    const id = this.#count;
    let timer: NodeJS.Timeout | undefined;
    // The process must not end while a caller waits for the answer.
    worker.ref();
    try {
      return await new Promise<Inspection>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        timer = setTimeout(() => {
          resolve({ ok: false, message: "the archive takes too long to inspect" });
          void worker.terminate();
        }, TIMEOUT_MS);
        worker.postMessage({ id, file } satisfies InspectionQuestion);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      worker.unref();
    }
  }

  #start(): Worker {
    const worker = startThread(new URL("./inspect-worker.ts", import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX },
    });
    worker.on("message", (answer: InspectionAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      if ("fault" in answer) {
        waiting?.reject(Object.assign(new Error(answer.fault.message), { code: answer.fault.code }));
      } else {
        waiting?.resolve(answer.inspection);
      }
    });
    const fail = (error: Error): void => {
      this.#worker = this.#worker === worker ? null : this.#worker;
      for (const { reject } of this.#waiting.values()) {
        reject(error);
      }
    };
    worker.once("error", fail);
    worker.once("exit", () => fail(new Error("the thread that inspects archives has ended")));
    worker.unref();
    return worker;
  }
}
