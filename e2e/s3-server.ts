import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("fixtures/swift-s3.py", import.meta.url));
const BUCKET = "collections";
const KEY_ID = "test:tester";
const SECRET = "a-key-of-the-tests";

/** The value of MINTMARK_ARTIFACTS_KEY. */
export const S3_TEST_KEYS = `${KEY_ID} ${SECRET}`;

export interface TestS3 {
  /** A value of MINTMARK_ARTIFACTS. */
  url(prefix?: string, bucket?: string): string;
  /** Changes one byte of every object, as a failing disk would. */
  damage(): void;
  stop(): Promise<void>;
}

/**
 * Starts OpenStack Swift with its S3 API: the one S3 server in Debian 12 that needs no cluster. It checks
 * signatures of version 4 and the hashes of bodies as Amazon does. (s3rver from npm checks neither and gives
 * wrong ranges; Debian's rclone is too old to serve S3.)
 */
export async function startS3(): Promise<TestS3> {
  const directory = mkdtempSync(join(tmpdir(), "mintmark-s3-"));
  const swift = spawn("/usr/bin/python3", [PROGRAM, directory, BUCKET, KEY_ID, SECRET], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let log = "";
  swift.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => swift.once("exit", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    swift.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
    swift.once("exit", (code) => reject(new Error(`the S3 server ended with ${code}:\n${log}`)));
  });
  return {
    url: (prefix = "", bucket = BUCKET) => `s3://${bucket}/${prefix}?endpoint=http://127.0.0.1:${port}`,
    damage() {
      for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
        if (name.endsWith(".data")) {
          const bytes = readFileSync(join(directory, name));
          bytes[0] = (bytes[0] ?? 0) ^ 1;
          writeFileSync(join(directory, name), bytes);
        }
      }
    },
    async stop() {
      swift.stdin.end();
      swift.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
