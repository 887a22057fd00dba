import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loginPieces } from "./login-pieces.ts";

const secret = `mma_${"0".repeat(36)}`;
const of = { registry: "registry.example.com:5000", secret, title: "My laptop!" };

describe("the pieces after making an app token", () => {
  it("log in without the token among the arguments, and keep $app from the shell", () => {
    const { commands } = loginPieces(of);
    expect(commands.podman).toBe(
      `printf %s '${secret}' | podman login --username '$app' --password-stdin registry.example.com:5000`,
    );
    expect(commands.docker).toContain("| docker login --username '$app'");
  });

  it("hold a config.json that docker and podman read", () => {
    const { dockerConfig } = loginPieces(of);
    const { auths } = JSON.parse(dockerConfig.text);
    const { auth } = auths["registry.example.com:5000"];
    expect(Buffer.from(auth, "base64").toString()).toBe(`$app:${secret}`);
  });

  it("hold a pull secret that Kubernetes takes, for the registry or one namespace of it", () => {
    const { kubernetes } = loginPieces({ ...of, namespace: "team" });
    const yaml = parse(kubernetes.text);
    expect(yaml).toMatchObject({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "my-laptop-pull-secret" },
      type: "kubernetes.io/dockerconfigjson",
    });
    const config = JSON.parse(Buffer.from(yaml.data[".dockerconfigjson"], "base64").toString());
    expect(Object.keys(config.auths)).toEqual(["registry.example.com:5000/team"]);
    expect(parse(kubernetes.podSpec)).toEqual({
      spec: { imagePullSecrets: [{ name: "my-laptop-pull-secret" }] },
    });
  });

  it.each([
    ["", "mintmark-pull-secret"],
    [null, "mintmark-pull-secret"],
    ["😀", "mintmark-pull-secret"],
    ["-- Über CI/CD --", "u-ber-ci-cd-pull-secret"],
    ["a: b\n  injected: true", "a-b-injected-true-pull-secret"],
    ["x".repeat(255), `${"x".repeat(51)}-pull-secret`],
  ])("make of the title %j the DNS-1123 name %s", (title, name) => {
    expect(loginPieces({ ...of, title }).kubernetes.name).toBe(name);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it.each(["", "host; rm -rf /", "https://host", "host/ns", "$(id)", "host:port"])(
    "are not made for the registry %j",
    (registry) => {
      expect(() => loginPieces({ ...of, registry })).toThrow(RangeError);
    },
  );
});
