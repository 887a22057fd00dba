import { type DestinationStream, type Logger, pino } from "pino";
import { SECRET_PATTERN } from "../core/secret/format.ts";

const BLOT = "[secret]";
/** Longer text from a request is cut before it is searched, which bounds the cost of a log line. */
const LOGGED_TEXT_MAX = 2_048;
const LOGGED_ERROR_MAX = 8_192;
/** The characters of secrets and JWTs. */
const TOKEN_RUN = /[A-Za-z0-9_.-]+/g;
/** A secret whose mark is spelled in percent-encoding is still a secret. */
const ENCODED_SECRET_PATTERN = /mm[a-z]%5f[0-9A-Za-z]{36,}/gi;
/** Parameters whose values are never needed in a log. */
const SENSITIVE_PARAMETER =
  /([?&;](?:[a-z_-]*token|[a-z_-]*secret|[a-z_-]*password|[a-z_-]*key|code|assertion|_csrf_token)=)[^&#\s]*/gi;

/**
 * Text that is safe to log: cut to a limit, without anything that looks like one of our secrets, a JWT, or
 * the value of a sensitive parameter. The time is linear in the length of the text.
 */
export function blot(text: string, lengthMax = LOGGED_TEXT_MAX): string {
  return cut(text, lengthMax)
    .replace(SECRET_PATTERN, BLOT)
    .replace(ENCODED_SECRET_PATTERN, BLOT)
    .replace(TOKEN_RUN, blotJwt)
    .replace(SENSITIVE_PARAMETER, `$1${BLOT}`);
}

/** Cuts before the word that crosses the limit: a part of a secret would not be recognised any more. */
function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) {
    return text;
  }
  let end = lengthMax;
  while (end > 0 && isTokenCharacter(text.charCodeAt(end - 1))) {
    end -= 1;
  }
  return `${text.slice(0, end)}…`;
}

function isTokenCharacter(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  // _ . - % + /
  return isDigit || isLetter || [0x5f, 0x2e, 0x2d, 0x25, 0x2b, 0x2f].includes(code);
}

/**
 * Hides a run of token characters from the head of a JWT on: `eyJ` and eight more, with at least one part
 * behind it.
 */
function blotJwt(run: string): string {
  let start = 0;
  for (const part of run.split(".")) {
    const head = part.indexOf("eyJ");
    const hasNext = start + part.length < run.length;
    if (head >= 0 && part.length - head >= 11 && hasNext) {
      return run.slice(0, start + head) + BLOT;
    }
    start += part.length + 1;
  }
  return run;
}

/** The server's log: JSON lines. The type `Secret` prints as `[secret]`. */
export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      redact: { paths: ["*.authorization", "*.cookie", "*.password", "*.secret", "*.token"], censor: BLOT },
    },
    destination,
  );
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return { message: blot(String(error), LOGGED_ERROR_MAX) };
  }
  return {
    type: error.name,
    message: blot(error.message, LOGGED_ERROR_MAX),
    stack: blot(error.stack ?? "", LOGGED_ERROR_MAX),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
}
