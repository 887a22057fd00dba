import { type DestinationStream, type Logger, pino } from "pino";
import { SECRET_PATTERN } from "../core/secret/format.ts";

const BLOT = "[secret]";
const JWT_PATTERN = /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;
/** Parameters whose value nobody needs to read in a log, whatever it is. */
const SENSITIVE_PARAMETER =
  /([?&;](?:[a-z_-]*token|[a-z_-]*secret|[a-z_-]*password|[a-z_-]*key|code|assertion|_csrf_token)=)[^&#\s]*/gi;

/** Text as it may be logged: nothing that looks like a secret of ours, a JWT, or the value of a sensitive parameter. */
export function blot(text: string): string {
  return text
    .replace(SECRET_PATTERN, BLOT)
    .replace(JWT_PATTERN, BLOT)
    .replace(SENSITIVE_PARAMETER, `$1${BLOT}`);
}

/** The server's log: JSON lines on stderr, so that stdout keeps only what an operator reads. The `Secret` type prints as `[secret]` by itself. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      redact: { paths: ["*.authorization", "*.cookie", "*.password", "*.secret", "*.token"], censor: BLOT },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return { message: blot(String(error)) };
  }
  return {
    type: error.name,
    message: blot(error.message),
    stack: blot(error.stack ?? ""),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
}
