import type { Worker } from "node:worker_threads";
import { startThread } from "../../threads/start-thread.ts";
import type { Answer, CheckpointAnswer, QueryAnswer, Question, ThreadFile } from "./questions.ts";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A worker thread with its own connection to the database file, for statements that take long: SQLite would
 * hold the event loop until they end. WAL lets it read and write with the connections of the main thread.
 * Starts with the first question and does not keep the process alive unless it owes an answer.
 */
export class DatabaseThread {
  readonly #file: ThreadFile;
  #worker: Worker | null = null;
  #count = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(file: ThreadFile) {
    this.#file = file;
  }

  query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    return this.#ask({ do: "query", sql, parameters });
  }

  checkpoint(): Promise<CheckpointAnswer> {
    return this.#ask({ do: "checkpoint" });
  }

  /** Resolves when everything asked before is answered and the file is closed. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker) {
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      worker.ref();
      worker.postMessage("close");
      await ended;
    }
  }

  #ask<Result>(question: Question): Promise<Result> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    this.#count += 1;
    const id = this.#count;
    return new Promise<Result>((resolve, reject) => {
      // The process must not end while a caller waits for the answer.
      worker.ref();
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      worker.postMessage({ id, question });
    });
  }

  #start(): Worker {
    const worker = startThread(new URL("./database-worker.ts", import.meta.url), {
      env: {},
      workerData: this.#file,
    });
    worker.on("message", (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) {
        worker.unref();
      }
      if ("fault" in answer) {
        const { message, ...facts } = answer.fault;
        waiting?.reject(Object.assign(new Error(message), facts));
      } else {
        waiting?.resolve(answer.result);
      }
    });
    const fail = (error: Error): void => {
      this.#worker = this.#worker === worker ? null : this.#worker;
      for (const { reject } of this.#waiting.values()) {
        reject(error);
      }
      this.#waiting.clear();
    };
    worker.once("error", fail);
    worker.once("exit", () => fail(new Error("the thread of the database has ended")));
    worker.unref();
    return worker;
  }
}
