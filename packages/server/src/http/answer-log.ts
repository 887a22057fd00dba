import { jsonText } from "../core/json-text.ts";
import type { AnswerNote } from "./answer-note.ts";
import { isoWriter } from "./iso-time.ts";
import { blot } from "./logging.ts";

/** Where lines go. Takes each at once. */
export interface LineSink {
  write(line: string): void;
}

const AGENT_LENGTH_MAX = 200;
const ORIGINAL_LENGTH_MAX = 1_024;
const LEVELS_WITH_INFO: ReadonlySet<string> = new Set(["trace", "debug", "info"]);
const LEVELS_WITH_DEBUG: ReadonlySet<string> = new Set(["trace", "debug"]);
/** Every text that `blot` would change has one of these. */
const SUSPECT = /mm[a-z][_%]|eyJ|(?:token|secret|password|key|code|assertion)=/i;
const TRUSTED_LENGTH_MAX = 1_024;

/**
 * One line for each answer. It is put together here and not by the logger, whose general machinery costs as
 * much as a whole verification; the line has the same fields and the same order. What a `quiet` route grants
 * is written at `debug`, since services ask thousands of times a second; what it refuses is written at
 * `info`, like every other answer.
 */
export class AnswerLog {
  readonly #sink: LineSink;
  readonly #writesInfo: boolean;
  readonly #writesDebug: boolean;
  readonly #time = isoWriter();

  constructor(sink: LineSink, level: string) {
    this.#sink = sink;
    this.#writesInfo = LEVELS_WITH_INFO.has(level);
    this.#writesDebug = LEVELS_WITH_DEBUG.has(level);
  }

  note(answer: AnswerNote): void {
    const isQuiet = answer.notes.quiet && answer.status < 400;
    if (isQuiet ? this.#writesDebug : this.#writesInfo) {
      this.#sink.write(this.#line(answer, isQuiet ? "debug" : "info"));
    }
  }

  #line(answer: AnswerNote, level: string): string {
    const { id, method, url, status, ms, address, agent = "", notes } = answer;
    const original = answer.original();
    let line = `{"level":"${level}","time":"${this.#time(Date.now())}","reqId":${jsonText(id)}`;
    line += `,"dialect":${jsonText(notes.dialect)},"method":${jsonText(method)},"url":${jsonText(blotted(url))}`;
    line += `,"status":${status},"ms":${Math.round(ms * 100) / 100}`;
    line += `,"address":${address === null ? "null" : jsonText(address)}`;
    line += `,"agent":${jsonText(blotted(agent).slice(0, AGENT_LENGTH_MAX))}`;
    line += original === null ? "" : `,"original":${jsonText(blot(original, ORIGINAL_LENGTH_MAX))}`;
    line += notes.caller === null ? "" : `,"caller":${jsonText(notes.caller)}`;
    line += notes.refusal === null ? "" : `,"refusal":${jsonText(notes.refusal)}`;
    line += notes.detail === null ? "" : `,"detail":${jsonText(blotted(notes.detail))}`;
    return `${line},"msg":"answered"}\n`;
  }
}

function blotted(text: string): string {
  return text.length <= TRUSTED_LENGTH_MAX && !SUSPECT.test(text) ? text : blot(text);
}
