import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { guideBlock } from "./guide-blocks.ts";
import { freePort, type RunningProxy, startNginx, untilListening } from "./nginx.ts";
import { requireProgram } from "./programs.ts";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "./server.ts";

const GUIDE = readFileSync(new URL("../docs/guide/protect-a-service.md", import.meta.url), "utf8");
const PROXIES = [
  { name: "nginx", start: startGuideNginx },
  { name: "caddy", start: startCaddy },
] as const;

/** Every header by which the hub says who it is, with what a client might write in its place. */
const FORGED = [
  ["Remote-User", "admin"],
  ["remote-user", "admin"],
  ["REMOTE_USER", "admin"],
  ["Remote_User", "admin"],
  ["X-Mintmark-Subject", "forged"],
  ["x-mintmark-subject", "forged"],
  ["X_Mintmark_Subject", "forged"],
  ["X-Mintmark-Kind", "forged"],
  ["X-MINTMARK-KIND", "forged"],
  ["x_mintmark_kind", "forged"],
  ["X-Mintmark-Scope", "forged"],
  ["X-Mintmark_Scope", "forged"],
  ["Connection", "Remote-User, X-Mintmark-Subject, X-Mintmark-Kind, X-Mintmark-Scope"],
] as const;

describe.each(PROXIES)("behind $name", ({ name, start }) => {
  const program = requireProgram(name);
  let hub: RunningServer;
  let service: Service;
  let proxy: RunningProxy;
  let folder: string;

  beforeAll(async () => {
    if (program === undefined) {
      return;
    }
    folder = mkdtempSync(join(tmpdir(), `mintmark-${name}-`));
    hub = await startServer({ env: { MINTMARK_TRUSTED_PROXIES: "127.0.0.1/32" } });
    service = await startService();
    proxy = await start(program, folder, (text) =>
      text.replaceAll("127.0.0.1:8080", new URL(hub.url).host).replaceAll("127.0.0.1:3000", service.host),
    );
  });

  afterAll(async () => {
    proxy?.process.kill();
    service?.server.close();
    await hub?.stop();
    hub?.remove();
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  it("the guide can be followed word for word to a protected service", async () => {
    const steps = [...GUIDE.matchAll(/<!-- story -->\n```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
    expect(steps).toHaveLength(3);
    const { stdout } = await promisify(execFile)("bash", ["-c", ["set -euo pipefail", ...steps].join("\n")], {
      env: { ...process.env, HUB: hub.url, PROXY: proxy.url, MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD },
    });
    const [refused, first, second, receipt, ended] = stdout.trim().split("\n").slice(-5);
    expect(refused).toMatch(/401$/);
    for (const line of [first, second]) {
      expect(line).toContain("grace reads the report");
    }
    expect(JSON.parse(receipt ?? "")).toMatchObject({
      receipt: { complete: true, nodes: [{ applied: true }] },
    });
    expect(ended).toBe("401");
  });

  it("passes on the hub's word about the caller and nothing of the client's", async () => {
    const { secret, subject } = await makeToken(hub, "eve", ["service:reports:read"]);
    const reply = await send(proxy.url, { method: "POST", secret, headers: FORGED, body: "hello" });

    expect(reply.status).toBe(200);
    const seen = service.last();
    expect(seen.body).toBe("hello");
    // As a CGI-like service sees them: case and underscores make no difference to it.
    const identity = seen.headers.map(([key, value]) => [key.toLowerCase().replaceAll("_", "-"), value]);
    expect(identity.filter(([key]) => key === "remote-user" || key?.startsWith("x-mintmark")).sort()).toEqual(
      [
        ["remote-user", "eve"],
        ["x-mintmark-kind", "personal_token"],
        ["x-mintmark-scope", "service:reports:read"],
        ["x-mintmark-subject", subject],
      ],
    );
    expect(JSON.stringify(seen)).not.toContain(secret);
  });

  it("refuses what is not allowed before the service sees it", async () => {
    const other = await makeToken(hub, "mallory", ["service:other:read"]);
    const before = service.count();
    expect((await send(proxy.url, { secret: other.secret })).status).toBe(403);
    const anonymous = await send(proxy.url, {});
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers["www-authenticate"]).toBe('Bearer realm="mintmark"');
    expect((await send(proxy.url, { secret: `${other.secret}x` })).status).toBe(401);
    expect(service.count()).toBe(before);
  });

  it("takes a revocation at once, and shows the client's address as that of the last use", async () => {
    const { secret, id } = await makeToken(hub, "trent", ["service:reports:read"]);
    expect((await send(proxy.url, { secret, headers: [["X-Forwarded-For", "203.0.113.7"]] })).status).toBe(
      200,
    );
    const bearer = await logIn(hub);
    await api(hub, "DELETE", `/credentials/${id}`, { bearer });
    expect((await send(proxy.url, { secret })).status).toBe(401);
    const { lastUsedFrom } = await api<{ lastUsedFrom: string }>(hub, "GET", `/credentials/${id}`, {
      bearer,
    });
    expect(lastUsedFrom).toBe("127.0.0.1");
  });

  it("tells the hub's log which request it asked about, without what looks like a secret", async () => {
    // What is granted is written at `debug` only, so this one may not pass.
    const { secret } = await makeToken(hub, "olga", ["service:other:read"]);
    const path = `/reports/7?page=2&token=${secret}`;
    expect((await send(proxy.url, { secret, path })).status).toBe(403);
    const line = await eventually(async () => {
      const lines = hub.log().split("\n");
      return lines.find((one) => one.includes('"dialect":"gateway"') && one.includes("/reports/7")) ?? null;
    });
    expect(line).toContain('"original":"GET /reports/7?page=2&token=[secret]"');
    expect(hub.log()).not.toContain(secret);
  });

  it("lets nothing pass while the hub is down", async () => {
    const { secret } = await makeToken(hub, "zoe", ["service:reports:read"]);
    const before = service.count();
    await hub.stop();
    const { status } = await send(proxy.url, { secret });
    expect(status).toBeGreaterThanOrEqual(500);
    expect(service.count()).toBe(before);
  });
});

async function startGuideNginx(
  program: string,
  folder: string,
  adapt: (text: string) => string,
): Promise<RunningProxy> {
  return startNginx(program, folder, adapt(guideBlock(GUIDE, "nginx")));
}

async function startCaddy(
  program: string,
  folder: string,
  adapt: (text: string) => string,
): Promise<RunningProxy> {
  const port = await freePort();
  const block = adapt(guideBlock(GUIDE, "caddy")).replace(":8081 {", `http://127.0.0.1:${port} {`);
  const file = join(folder, "Caddyfile");
  writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n}\n${block}`);
  mkdirSync(join(folder, "home"));
  const home = { HOME: join(folder, "home"), XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const flags = ["run", "--config", file, "--adapter", "caddyfile"];
  return untilListening(port, spawn(program, flags, { env: { ...process.env, ...home }, stdio: "ignore" }));
}

interface Seen {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

interface Service {
  readonly server: Server;
  readonly host: string;
  last(): Seen;
  count(): number;
}

/** A service that knows nothing of tokens and believes its headers. */
async function startService(): Promise<Service> {
  const seen: Seen[] = [];
  const server = createServer((incoming, reply) => {
    let body = "";
    incoming.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on("end", () => {
      const raw = incoming.rawHeaders;
      const headers = Array.from(
        { length: raw.length / 2 },
        (_, at) => [raw[2 * at], raw[2 * at + 1]] as [string, string],
      );
      seen.push({ headers, body });
      reply.end(`${incoming.headers["remote-user"]} reads the report\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server,
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    last: () => seen[seen.length - 1] as Seen,
    count: () => seen.length,
  };
}

interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** `fetch` would tidy the headers up; these go out as they are spelled. */
function send(
  url: string,
  what: {
    method?: string;
    secret?: string;
    headers?: readonly (readonly [string, string])[];
    body?: string;
    path?: string;
  },
): Promise<Sent> {
  const { host } = new URL(url);
  const headers = [
    ["Host", host],
    ...(what.secret === undefined ? [] : [["Authorization", `Bearer ${what.secret}`]]),
    ...(what.headers ?? []),
    ...(what.body === undefined ? [] : [["Content-Length", String(what.body.length)]]),
  ].flat();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}${what.path ?? "/reports/today?x=1"}`,
      { method: what.method ?? "GET", headers, agent: false },
      (reply) => {
        reply.resume();
        reply.on("end", () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(what.body);
  });
}

async function makeToken(hub: RunningServer, username: string, scopes: readonly string[]) {
  const root = await logIn(hub);
  const password = "a long password";
  await api(hub, "POST", "/users", { bearer: root, body: { username, password, role: "member" } });
  await api(hub, "PUT", `/users/${username}/grants`, { bearer: root, body: { grants: scopes } });
  const bearer = await logIn(hub, username, password);
  const { credential, secret } = await api<{ credential: { id: string }; secret: string }>(
    hub,
    "POST",
    "/credentials",
    {
      bearer,
      body: { kind: "personal_token", title: "e2e", scopes },
    },
  );
  const direct = await fetch(`${hub.url}/verify`, { headers: { authorization: `Bearer ${secret}` } });
  return { id: credential.id, secret, subject: direct.headers.get("x-mintmark-subject") ?? "" };
}
