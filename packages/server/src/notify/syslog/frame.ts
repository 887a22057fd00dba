import { hostname } from "node:os";
import type { AuditEvent } from "../../core/audit/events.ts";
import { recordOf } from "../../core/audit/record.ts";

/** Facility 13 (log audit), severity 5 (notice): RFC 5424 §6.2.1. */
const PRIORITY = 13 * 8 + 5;
const MESSAGE_ID_MAX = 32;

/**
 * An audit event as an RFC 5424 message with octet counting (RFC 6587 §3.4.1). The event's number and hash
 * stand in the structured data, so that a receiver sees gaps and repeats without reading the message; 32473
 * is the enterprise number for examples (RFC 5612).
 */
export function syslogFrame(event: AuditEvent): Buffer {
  const record = recordOf(event);
  const header = [
    `<${PRIORITY}>1`,
    record.at,
    headerWord(hostname(), 255),
    "mintmark",
    String(process.pid),
    headerWord(event.action, MESSAGE_ID_MAX),
    `[mintmark@32473 seq="${event.seq}" hash="${parameter(event.hash)}"]`,
  ].join(" ");
  const message = Buffer.from(`${header} ${JSON.stringify(record)}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** Printable ASCII without spaces, or `-`. */
function headerWord(text: string, lengthMax: number): string {
  return text.replace(/[^\x21-\x7e]/g, "").slice(0, lengthMax) || "-";
}

/** RFC 5424 §6.3.3. */
function parameter(text: string): string {
  return text.replace(/["\\\]]/g, "\\$&");
}
