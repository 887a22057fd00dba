import { promises as dns } from "node:dns";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { AuditEvent } from "../../core/audit/events.ts";
import type { AuditSink } from "../../core/audit-stream/ports.ts";
import { AddressRules } from "../../outbound/addresses.ts";
import { syslogFrame } from "./frame.ts";
import { Settling } from "./settling.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const WRITE_TIMEOUT_MS = 10_000;
/** Together with the job's interval and the time to connect this stays below ten seconds. */
const RETRY_AFTER_MS = 2_000;
const LOOPBACK = ["127.0.0.0/8", "::1/128"];

export interface SyslogTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * Copies audit events to a syslog server, over TLS, or over plain TCP to the networks that plain text may
 * cross.
 */
export class SyslogSink implements AuditSink {
  readonly #target: SyslogTarget;
  readonly #plainAllowed: AddressRules;
  readonly #settling = new Settling();
  #socket: Socket | null = null;
  #retryAt = 0;

  /**
   * `plainAllow`: networks besides loopback that plain TCP may go to. Throws for an address that it may not
   * go to.
   */
  constructor(target: SyslogTarget, plainAllow: readonly string[]) {
    this.#target = target;
    this.#plainAllowed = new AddressRules([...LOOPBACK, ...plainAllow]);
    if (isIP(target.host) !== 0) {
      this.#checkPlain(target.host);
    }
  }

  get writtenSeq(): number | null {
    return this.#settling.writtenSeq();
  }

  get settledSeq(): number | null {
    return this.#settling.settledSeq(performance.now());
  }

  isReady(): boolean {
    return performance.now() >= this.#retryAt;
  }

  async write(events: readonly AuditEvent[]): Promise<void> {
    const socket = this.#socket ?? (await this.#open());
    try {
      for (const event of events) {
        await send(socket, syslogFrame(event));
        if (this.#socket !== socket) {
          throw new Error("the connection to the syslog server broke");
        }
        this.#settling.wrote(event.seq, performance.now());
      }
    } catch (error) {
      socket.destroy();
      this.#lose(socket);
      throw error;
    }
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => socket.destroy(), 500);
        socket.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        socket.end();
      });
    }
  }

  async #open(): Promise<Socket> {
    try {
      const socket = await this.#connect();
      this.#socket = socket;
      socket.on("close", () => this.#lose(socket));
      // Nothing is to be read, but an unread end would not be seen.
      socket.resume();
      return socket;
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_AFTER_MS;
      throw error;
    }
  }

  #lose(socket: Socket): void {
    if (this.#socket === socket) {
      this.#socket = null;
      this.#settling.broke(performance.now());
    }
  }

  async #connect(): Promise<Socket> {
    const { host, port, tls } = this.#target;
    if (tls) {
      const servername = isIP(host) === 0 ? { servername: host } : {};
      return opened(connectTls({ host, port, ...servername }), "secureConnect");
    }
    // The address that was judged is the one that is connected to.
    const { address } = isIP(host) === 0 ? await dns.lookup(host) : { address: host };
    this.#checkPlain(address);
    return opened(connectTcp({ host: address, port }), "connect");
  }

  #checkPlain(address: string): void {
    if (!this.#target.tls && !this.#plainAllowed.lists(address)) {
      throw new Error(
        "MINTMARK_AUDIT_STREAM: syslog:// is for this machine and for MINTMARK_OUTBOUND_ALLOW; use syslog+tls://",
      );
    }
  }
}

function opened(socket: Socket, event: "connect" | "secureConnect"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => socket.destroy(new Error("the syslog server did not answer")),
      CONNECT_TIMEOUT_MS,
    );
    socket.once(event, () => {
      clearTimeout(timer);
      socket.setKeepAlive(true, 5_000);
      resolve(socket);
    });
    // Also after it opened: an error without a listener would end the process. What follows from it comes
    // with `close`.
    socket.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function send(socket: Socket, frame: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the syslog server takes nothing")), WRITE_TIMEOUT_MS);
    socket.write(frame, (error) => {
      clearTimeout(timer);
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    });
  });
}
