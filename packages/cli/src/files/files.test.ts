import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { containerLogins, withContainerLogin } from "./container-auth.ts";
import { envValues, withEnvValues } from "./env-file.ts";
import { iniValues, withIniValues } from "./ini.ts";
import { readPrivate, writePrivate } from "./private-file.ts";

describe("ansible.cfg", () => {
  const text = [
    "# my servers",
    "[galaxy]",
    "server_list = a, b ; both",
    "",
    "[galaxy_server.a]",
    "url = https://a.test/ ; mine",
    "; the old one",
    "token = old",
    "",
    "[defaults]",
    "forks = 5",
    "",
  ].join("\n");

  test("keeps comments, order and other values when a value is replaced", () => {
    expect(withIniValues(text, "galaxy_server.a", { token: "new" })).toBe(
      text.replace("token = old", "token = new"),
    );
  });

  test("gets a new key at the end of its section", () => {
    const changed = withIniValues(text, "galaxy_server.a", { auth_url: "https://a.test/auth" });
    expect(changed.split("\n").slice(7, 10)).toEqual(["token = old", "auth_url = https://a.test/auth", ""]);
  });

  test("gets a new section at its end, also when it was empty", () => {
    expect(withIniValues("", "galaxy", { server_list: "hub" })).toBe("[galaxy]\nserver_list = hub\n");
    expect(withIniValues(text, "x", { y: "1" }).endsWith("forks = 5\n\n[x]\ny = 1\n")).toBe(true);
  });

  test("keeps the line breaks of Windows", () => {
    expect(withIniValues("[a]\r\nx = 1\r\n", "a", { x: "2" })).toBe("[a]\r\nx = 2\r\n");
  });

  test("is read with line numbers and without the remarks behind values", () => {
    expect(iniValues(text)).toContainEqual({
      section: "galaxy_server.a",
      key: "url",
      value: "https://a.test/",
      line: 6,
    });
  });
});

describe("a file of container log-ins", () => {
  const other = { auths: { "quay.io": { auth: "eDp5" } }, credHelpers: { "a.test": "mintmark" } };

  test("keeps the other registries and members", () => {
    const login = { registry: "r.test:5000", username: "$app", secret: "s" };
    const written = withContainerLogin(JSON.stringify(other), "auth.json", login);
    expect(JSON.parse(written)).toEqual({
      ...other,
      auths: { ...other.auths, "r.test:5000": { auth: Buffer.from("$app:s").toString("base64") } },
    });
    expect(containerLogins(written)).toContainEqual({ ...login, line: expect.any(Number) });
  });

  test("that is not JSON is left alone", () => {
    const login = { registry: "r.test", username: "$app", secret: "s" };
    expect(() => withContainerLogin("{", "auth.json", login)).toThrow("auth.json is not JSON");
  });
});

test("an environment file keeps its other lines, and quoted values are read", () => {
  const text = "# mine\nexport A='1'\nB=\"two words\"\n";
  expect(withEnvValues(text, { B: "3", C: "4" })).toBe("# mine\nexport A='1'\nB=3\nC=4\n");
  expect(envValues(text)).toEqual([
    { name: "A", value: "1", line: 2 },
    { name: "B", value: "two words", line: 3 },
  ]);
});

describe("a private file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-cli-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is readable by its owner alone, also where a wider one stood", () => {
    const path = join(folder, "deep/hosts.json");
    writePrivate(path, "1");
    chmodSync(path, 0o644);
    expect(() => readPrivate(path)).toThrow("can be read by others");
    writePrivate(path, "2");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readPrivate(path)).toBe("2");
  });

  // A link could lead the secret into a file that others read.
  test("is never written through a symbolic link", () => {
    const target = join(folder, "target");
    writeFileSync(target, "old");
    symlinkSync(target, join(folder, "link"));
    expect(() => writePrivate(join(folder, "link"), "new")).toThrow("symbolic link");
    expect(readFileSync(target, "utf8")).toBe("old");
  });
});

test("a value over several lines is read as one and replaced as one, and a remark behind it stays", () => {
  const text = "[galaxy]\nserver_list = a,\n  b\nx = 1 ; mine\n";
  expect(iniValues(text)[0]).toMatchObject({ key: "server_list", value: "a,\nb" });
  expect(withIniValues(text, "galaxy", { server_list: "a, b, hub", x: "2" })).toBe(
    "[galaxy]\nserver_list = a, b, hub\nx = 2 ; mine\n",
  );
});

test("an exported variable stays exported, and its remark stays", () => {
  expect(withEnvValues("export A=1 # mine\n", { A: "2" })).toBe("export A=2 # mine\n");
});
