import { parentPort, workerData } from "node:worker_threads";
import type { SqliteStatement } from "kysely";
import { openDatabaseFile } from "../database-file.ts";
import { type NativeDatabase, toKyselyDatabase } from "../driver.ts";
import type { Answer, CheckpointAnswer, QueryAnswer, Question, ThreadFile } from "./questions.ts";

/** The thread of `DatabaseThread`: runs statements on connections of its own and answers one by one. */

const { path, access } = workerData as ThreadFile;
const connect = (): NativeDatabase => openDatabaseFile(path, { isNew: false, check: false });

const native = connect();
if (access === "read") {
  native.exec("pragma query_only = on");
} else {
  // The log is moved by `checkpoint`, not by the commit that happens to fill it.
  native.exec("pragma wal_autocheckpoint = 0");
}
const database = toKyselyDatabase(native);
/** A checkpoint inside a transaction of the same connection would fail. */
let checkpointer: NativeDatabase | null = null;

function answerTo(question: Question): QueryAnswer | CheckpointAnswer {
  switch (question.do) {
    case "query":
      return query(database.prepare(question.sql), question.parameters);
    case "checkpoint":
      checkpointer ??= connect();
      return checkpoint(checkpointer);
  }
}

function query(statement: SqliteStatement, parameters: readonly unknown[]): QueryAnswer {
  return statement.reader
    ? { rows: statement.all(parameters), changes: null }
    : { rows: [], changes: statement.run(parameters).changes };
}

function checkpoint(connection: NativeDatabase): CheckpointAnswer {
  const [row] = connection.prepare("pragma wal_checkpoint(passive)").all() as {
    log: number;
    checkpointed: number;
  }[];
  return { logged: row?.log ?? 0, moved: row?.checkpointed ?? 0 };
}

parentPort?.on("message", (message: { id: number; question: Question } | "close") => {
  if (message === "close") {
    database.close();
    checkpointer?.close();
    parentPort?.close();
    return;
  }
  let answer: Answer;
  try {
    answer = { id: message.id, result: answerTo(message.question) };
  } catch (error) {
    const { message: text, code, errcode } = error as Error & { code?: string; errcode?: number };
    const fault = { message: text, ...(code === undefined ? {} : { code }) };
    answer = { id: message.id, fault: errcode === undefined ? fault : { ...fault, errcode } };
  }
  parentPort?.postMessage(answer);
});
