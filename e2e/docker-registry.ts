import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { eventually } from "./eventually.ts";

/** The guide to a registry behind the hub; its configuration and its commands are what tests run. */
export const GUIDE = readFileSync(new URL("../docs/guide/registry.md", import.meta.url), "utf8");
const RUN_TIMEOUT_MS = 60_000;

/** The registry on the guide's configuration, with nothing changed but addresses and folders. */
export async function startRegistry({
  program,
  folder,
  host,
  hub,
}: {
  readonly program: string;
  /** For its images and its configuration; also its home. */
  readonly folder: string;
  readonly host: string;
  readonly hub: { readonly url: string };
}): Promise<ChildProcess> {
  const pem = join(folder, "mintmark.pem");
  writeFileSync(pem, await (await fetch(`${hub.url}/v2/auth/certs.pem`)).text());
  const [, block = ""] = /<!-- config -->\n *```yaml\n([\s\S]*?)```/.exec(GUIDE) ?? [];
  const config = block
    .replace(/^ {3}/gm, "")
    .replace("./registry-data", join(folder, "registry"))
    .replace("./mintmark.pem", pem)
    .replace("127.0.0.1:5000", host)
    .replace("http://127.0.0.1:8080", hub.url);
  const path = join(folder, "registry.yml");
  writeFileSync(path, config);
  const child = spawn(program, ["serve", path], { env: cleanEnvironment(folder), stdio: "ignore" });
  await eventually(async () => (await fetch(`http://${host}/v2/`).catch(() => null))?.status ?? null);
  return child;
}

/** An OCI image of one layer with bytes of its own, so that no push finds it there already. */
export function makeImage(path: string): string {
  const blobs = join(path, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, bytes: Buffer) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const tar = tarOf("hello.txt", randomBytes(2048).toString("hex"));
  const layer = put("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(tar));
  const diffId = `sha256:${createHash("sha256").update(tar).digest("hex")}`;
  const config = put(
    "application/vnd.oci.image.config.v1+json",
    json({ architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [diffId] } }),
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = put(mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const annotations = { "org.opencontainers.image.ref.name": "1" };
  writeFileSync(
    join(path, "index.json"),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  writeFileSync(join(path, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  return path;
}

/** A ustar archive of one file. */
function tarOf(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(text.length, 12) + octal(0, 12), 100);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((512 - (text.length % 512)) % 512);
  return Buffer.concat([header, Buffer.from(text), padding, Buffer.alloc(1024)]);
}

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/**
 * Nothing of the machine's own registry settings: docker-registry takes every `REGISTRY_*` for its
 * configuration.
 */
function cleanEnvironment(folder: string): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !/^(REGISTRY_|DOCKER_|MINTMARK_)/.test(name));
  return { ...Object.fromEntries(own), HOME: folder };
}

/** Runs a client in a folder that is also its home; how it ended, and everything it said. */
export function runClient(
  folder: string,
  program: string | undefined,
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...cleanEnvironment(folder), ...env }, timeout: RUN_TIMEOUT_MS };
    const child = execFile(program ?? "", parameters, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
    // A client may end before it has read anything.
    child.stdin?.once("error", () => undefined);
    child.stdin?.end(input);
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
