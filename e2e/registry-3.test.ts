import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, makeImage, runClient } from "./docker-registry.ts";
import { eventually } from "./eventually.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

/**
 * The registry of the 3.x line, which Debian does not have: `DISTRIBUTION_BIN` names one, e.g. from
 * `go install github.com/distribution/distribution/v3/cmd/registry@v3.1.2`.
 */
const distribution = process.env.DISTRIBUTION_BIN ?? "";
const PASSWORD = "ada's long password";

describe.skipIf(distribution === "")("a registry of the 3.x line", () => {
  const skopeo = requireProgram("skopeo");

  describe.each([
    { trusts: "jwks", kid: "rfc7638", source: "/v2/auth/jwks" },
    { trusts: "rootcertbundle", kid: "libtrust", source: "/v2/auth/certs.pem" },
    { trusts: "rootcertbundle", kid: "rfc7638", source: "/v2/auth/certs.pem" },
  ])("with $trusts, keys named by $kid", ({ trusts, kid, source }) => {
    let folder: string;
    let hub: RunningServer;
    let registry: ChildProcess;
    let host: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "mintmark-registry-3-"));
      hub = await startServer({ env: { MINTMARK_REGISTRY_KID: kid } });
      const body = { username: "ada", password: PASSWORD, role: "member" };
      await api(hub, "POST", "/users", { bearer: await logIn(hub), body });
      host = `127.0.0.1:${await freePort()}`;
      const keys = join(folder, "keys");
      writeFileSync(keys, await (await fetch(`${hub.url}${source}`)).text());
      const config = {
        version: 0.1,
        storage: { filesystem: { rootdirectory: join(folder, "registry") } },
        http: { addr: host },
        auth: {
          token: {
            realm: `${hub.url}/v2/auth`,
            service: "mintmark-registry",
            issuer: "mintmark",
            [trusts]: keys,
          },
        },
      };
      // JSON is YAML.
      writeFileSync(join(folder, "registry.yml"), JSON.stringify(config));
      const own = Object.entries(process.env).filter(([name]) => !/^(REGISTRY_|OTEL_)/.test(name));
      const env = { ...Object.fromEntries(own), OTEL_TRACES_EXPORTER: "none" };
      registry = spawn(distribution, ["serve", join(folder, "registry.yml")], { env, stdio: "ignore" });
      await eventually(async () => (await fetch(`http://${host}/v2/`).catch(() => null))?.status ?? null);
    });

    afterAll(async () => {
      registry?.kill();
      await hub?.stop();
      hub?.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    it("takes a push and gives it back, and refuses a token that is wrong", async () => {
      const bearer = await logIn(hub, "ada", PASSWORD);
      const { secret } = await api<{ secret: string }>(hub, "POST", "/credentials", {
        bearer,
        body: { kind: "app_token", title: "laptop" },
      });
      const image = makeImage(join(folder, "image"));
      const copy = (from: string, to: string, creds: readonly string[]) =>
        runClient(folder, skopeo, ["--insecure-policy", "copy", ...creds, from, to]);
      const pushed = await copy(`oci:${image}:1`, `docker://${host}/ada/app:1`, [
        "--dest-tls-verify=false",
        "--dest-creds",
        `$app:${secret}`,
      ]);
      expect(pushed).toMatchObject({ code: 0 });
      const back = (password: string) =>
        copy(`docker://${host}/ada/app:1`, `oci:${join(folder, "back")}:1`, [
          "--src-tls-verify=false",
          "--src-creds",
          `$app:${password}`,
        ]);
      expect(await back(secret)).toMatchObject({ code: 0 });
      expect(await back(`${secret.slice(0, -1)}${secret.endsWith("0") ? "1" : "0"}`)).toMatchObject({
        code: 1,
      });
    });
  });
});
