import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/**
 * How the server treats the next mail: takes it, refuses the recipient with a status, cuts the connection, or
 * says nothing.
 */
export type MailTreatment = "accept" | "cut" | "stall" | { readonly status: number; readonly line: string };

/** A real SMTP server on loopback that keeps what it accepted. */
export class MailServer {
  readonly accepted: ParsedMail[] = [];
  /** Every attempt, accepted or not. */
  attempts = 0;
  /** One for each mail to come; then `accept`. */
  readonly treatments: MailTreatment[] = [];
  #server: SMTPServer;
  #port = 0;

  /** The password that clients must show; null: they show none. */
  password: string | null;

  private constructor(password: string | null) {
    this.password = password;
    this.#server = this.#make();
  }

  static async open(options: { readonly password?: string } = {}): Promise<MailServer> {
    const server = new MailServer(options.password ?? null);
    await server.listen();
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Who got mails, with their subjects, in the order of acceptance. */
  get taken(): readonly string[] {
    return this.accepted.map(({ to, subject }) => `${[to].flat()[0]?.text}: ${subject}`);
  }

  /** Listens, after `kill` on the same port as before. */
  listen(): Promise<void> {
    this.#server = this.#make();
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", () => {
        this.#port = (this.#server.server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #make(): SMTPServer {
    let treatment: MailTreatment = "accept";
    const server = new SMTPServer({
      authOptional: this.password === null,
      disabledCommands: this.password === null ? ["STARTTLS", "AUTH"] : ["STARTTLS"],
      allowInsecureAuth: true,
      onAuth: ({ password, username }, _session, done) => {
        if (password === this.password) {
          done(null, { user: username });
        } else {
          this.attempts += 1;
          done(Object.assign(new Error("5.7.8 Authentication failed"), { responseCode: 535 }));
        }
      },
      closeTimeout: 100,
      onRcptTo: (_address, _session, done) => {
        this.attempts += 1;
        treatment = this.treatments.shift() ?? "accept";
        if (typeof treatment === "object") {
          done(Object.assign(new Error(treatment.line), { responseCode: treatment.status }));
        } else {
          done();
        }
      },
      onData: (stream, _session, done) => {
        if (treatment === "cut") {
          stream.resume();
          stream.on("end", () => {
            for (const connection of server.connections) {
              (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
            }
          });
          return;
        }
        simpleParser(stream).then((mail) => {
          if (treatment !== "stall") {
            this.accepted.push(mail);
            done();
          }
        }, done);
      },
    });
    // A client that goes away in the middle is part of some tests.
    server.on("error", () => undefined);
    return server;
  }
}
