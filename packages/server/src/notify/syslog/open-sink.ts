import type { AuditSink } from "../../core/audit-stream/ports.ts";
import { FileSink } from "./file-sink.ts";
import { SyslogSink } from "./syslog-sink.ts";

export type AuditTarget =
  | { readonly to: "file"; readonly path: string }
  | { readonly to: "syslog"; readonly host: string; readonly port: number; readonly tls: boolean };

/**
 * The sink that `MINTMARK_AUDIT_STREAM` names. Throws for a plain connection that would leave what
 * `plainAllow` lists.
 */
export function openAuditSink(target: AuditTarget, plainAllow: readonly string[]): AuditSink {
  return target.to === "file" ? new FileSink(target.path) : new SyslogSink(target, plainAllow);
}
