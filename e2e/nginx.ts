import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface RunningProxy {
  readonly url: string;
  readonly process: ChildProcess;
}

/**
 * Starts nginx as one process that keeps all its files in the folder. `block` is what the guide puts below
 * `conf.d`, with `listen 8081` in it.
 */
export async function startNginx(program: string, folder: string, block: string): Promise<RunningProxy> {
  const port = await freePort();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
    .join("\n");
  const http = block.replace("listen 8081", `listen 127.0.0.1:${port}`);
  const main = `daemon off;\nmaster_process off;\npid ${join(folder, "pid")};\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${http}}\n`;
  const file = join(folder, "nginx.conf");
  writeFileSync(file, main);
  return untilListening(port, spawn(program, ["-p", folder, "-c", file], { stdio: "ignore" }));
}

/** Waits until the proxy answers anything at all. */
export async function untilListening(port: number, child: ChildProcess): Promise<RunningProxy> {
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) {
      break;
    }
    try {
      await (await fetch(url)).arrayBuffer();
      return { url, process: child };
    } catch {
      await delay(50);
    }
  }
  child.kill();
  throw new Error("the proxy did not start");
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
