import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { loadConfig } from "../packages/server/src/config/load.ts";

const PACKAGING = join(dirname(dirname(fileURLToPath(import.meta.url))), "packaging");
const KUBERNETES = join(PACKAGING, "kubernetes");
const UID = 10_001;
/** A server drains for ten seconds at most. */
const DRAIN_SECONDS = 10;

const read = (path: string) => readFileSync(join(PACKAGING, path), "utf8");

/** What the options say of this environment; secrets in files are stood in for. */
function mistakesIn(env: Readonly<Record<string, string>>) {
  const secrets: Readonly<Record<string, string>> = {
    DATABASE_URL: "postgres://mintmark@db/mintmark",
    ARTIFACTS_KEY: "id:secret",
  };
  const outcome = loadConfig({
    argv: [],
    env,
    readFile: (path) => {
      const name = Object.keys(env).find((each) => env[each] === path) ?? "";
      return secrets[name.replace(/^MINTMARK_(.*)_FILE$/, "$1")] ?? Buffer.alloc(32, 7).toString("base64");
    },
  });
  return outcome.outcome === "mistakes" ? outcome.mistakes : [];
}

describe("the Kubernetes manifests", () => {
  const documents = readdirSync(KUBERNETES)
    .filter((name) => name !== "kustomization.yaml")
    .flatMap((name) => parseAllDocuments(read(`kubernetes/${name}`)).map((one) => one.toJS()));
  const ofKind = (kind: string) => documents.find((each) => each.kind === kind);
  const pod = ofKind("Deployment").spec.template;
  const [container] = pod.spec.containers;

  test("are all named by the kustomization", () => {
    const files = readdirSync(KUBERNETES).filter((name) => name !== "kustomization.yaml");
    const { resources } = parse(read("kubernetes/kustomization.yaml"));
    expect(resources.toSorted()).toEqual(files.toSorted());
    for (const each of documents) {
      expect(each).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
      expect(each.metadata.name).toBe("mintmark");
    }
  });

  test("set options that exist, to values that are allowed", () => {
    const env = Object.fromEntries(
      container.env.map((one: { name: string; value: string }) => [one.name, one.value]),
    );
    expect(Object.keys(env).length).toBeGreaterThan(4);
    expect(mistakesIn(env)).toEqual([]);
  });

  test("run without rights on a root that nobody writes to, and give it time to drain", () => {
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: UID, fsGroup: UID });
    expect(container.securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.spec.automountServiceAccountToken).toBe(false);
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(DRAIN_SECONDS);
  });

  test("mount each volume that they have, and select the pods that they make", () => {
    const volumes = pod.spec.volumes.map(({ name }: { name: string }) => name);
    const mounts = container.volumeMounts.map(({ name }: { name: string }) => name);
    expect(mounts.toSorted()).toEqual(volumes.toSorted());
    expect(pod.metadata.labels).toMatchObject(ofKind("Service").spec.selector);
    expect(pod.metadata.labels).toMatchObject(ofKind("PodDisruptionBudget").spec.selector.matchLabels);
    const [port] = ofKind("Service").spec.ports;
    expect(container.ports.map(({ name }: { name: string }) => name)).toContain(port.targetPort);
  });
});

describe("the compose file", () => {
  const { services, volumes, secrets } = parse(read("compose.yaml"));
  const { mintmark } = services;

  test("sets options that exist, to values that are allowed", () => {
    expect(mistakesIn(mintmark.environment)).toEqual([]);
  });

  test("names the volumes and secrets that it uses, and runs as the image does", () => {
    const used = mintmark.volumes.map((text: string) => text.split(":")[0]);
    expect(used.toSorted()).toEqual(Object.keys(volumes).toSorted());
    expect(mintmark.secrets).toEqual(Object.keys(secrets));
    expect(mintmark).toMatchObject({ read_only: true, user: `${UID}:${UID}`, cap_drop: ["ALL"] });
    expect(Number.parseInt(mintmark.stop_grace_period, 10)).toBeGreaterThan(DRAIN_SECONDS);
  });
});

test("the units set options that exist", () => {
  for (const name of ["mintmark.service", "mintmark-backup.service"]) {
    const lines = [...read(`systemd/${name}`).matchAll(/^Environment=(.*)$/gm)].map(([, text = ""]) => text);
    const pairs = lines
      .join(" ")
      .split(" ")
      .map((text) => text.replace("%S", "/var/lib").split("="));
    expect(pairs.length).toBeGreaterThan(0);
    expect(mistakesIn(Object.fromEntries(pairs))).toEqual([]);
  }
});
