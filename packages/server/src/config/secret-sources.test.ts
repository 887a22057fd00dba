import { describe, expect, test } from "vitest";
import { Secret } from "../core/secret/secret.ts";
import { configOf, DATABASE, type Given, KEY, load, mistakesOf, yaml } from "../testing/given-config.ts";
import { renderMistakes } from "./mistakes.ts";

describe("secrets in files", () => {
  const masterKeyFrom = (content: string) =>
    load({ env: { MINTMARK_MASTER_KEY_FILE: "/run/key" }, files: { "/run/key": content } });

  test.each(["\n", "\r\n", ""])("a file that ends in %j gives the secret without it", (end) => {
    expect(masterKeyFrom(KEY.toString("base64") + end)).toMatchObject({
      config: { masterKey: { current: 1, keys: new Map([[1, KEY]]) } },
    });
  });

  test("spaces and further line breaks belong to a password", () => {
    const env = { MINTMARK_ADMIN_PASSWORD_FILE: "/run/password" };
    const config = configOf({ env, files: { "/run/password": " twelve letters \n\n" } });
    expect(config.adminPassword?.reveal()).toBe(" twelve letters \n");
  });

  test("what is wrong in a file is told by its path, never by its content", () => {
    const mistakes = mistakesOf({
      env: { MINTMARK_MASTER_KEY_FILE: "/run/key" },
      files: { "/run/key": "hunter2" },
    });
    expect(mistakes).toMatchObject([
      { option: "MINTMARK_MASTER_KEY", source: "file /run/key", found: "[secret]" },
    ]);
  });

  test("a file that cannot be read is a mistake that names it", () => {
    const mistakes = mistakesOf({ env: { MINTMARK_MASTER_KEY_FILE: "/run/key" } });
    expect(mistakes).toMatchObject([
      {
        option: "MINTMARK_MASTER_KEY_FILE",
        source: "environment",
        found: 'a file that cannot be read (ENOENT): "/run/key"',
      },
    ]);
  });

  test("a secret and its file exclude each other within a source", () => {
    const mistakes = mistakesOf({
      env: { MINTMARK_ADMIN_PASSWORD: "hunter2hunter2", MINTMARK_ADMIN_PASSWORD_FILE: "/run/password" },
      files: { "/run/password": "hunter2hunter2" },
    });
    expect(mistakes).toMatchObject([
      {
        option: "MINTMARK_ADMIN_PASSWORD",
        found: "both MINTMARK_ADMIN_PASSWORD and MINTMARK_ADMIN_PASSWORD_FILE",
      },
    ]);
  });

  test("the file form is a flag and a YAML key as well", () => {
    const files = { "/run/password": "hunter2hunter2", "hub.yaml": "admin_password_file: /run/password" };
    expect(
      configOf({ flags: ["--admin-password-file", "/run/password"], files }).adminPassword,
    ).toBeInstanceOf(Secret);
    expect(configOf({ flags: ["--config", "hub.yaml"], files }).adminPassword).toBeInstanceOf(Secret);
  });

  test("only secrets have a file form", () => {
    expect(mistakesOf({ env: { MINTMARK_REALM_FILE: "/run/realm" } })).toMatchObject([
      { option: "MINTMARK_REALM_FILE" },
    ]);
  });
});

// A start that fails leaves its message in journals and build logs, which many can read.
describe("no message shows a secret", () => {
  const secret = "hunter2";
  test.each<[string, Given]>([
    ["a password too short", { env: { MINTMARK_ADMIN_PASSWORD: secret } }],
    ["a key of the wrong length", { env: { MINTMARK_MASTER_KEY: secret } }],
    ["a database of another kind", { env: { MINTMARK_DATABASE_URL: `mysql://u:${secret}@db/x` } }],
    ["a public URL with a password", { env: { MINTMARK_PUBLIC_URL: `https://u:${secret}@hub/x` } }],
    ["a public URL with a password and no scheme", { env: { MINTMARK_PUBLIC_URL: `u:${secret}@hub` } }],
    ["a flag with a slip", { flags: [`--admin-pasword=${secret}`, "--master-kye", secret] }],
    ["a password in several words", { flags: ["--admin-password", "correct", secret] }],
    ["a password that looks like a flag", { flags: ["--admin-password", `--${secret}`] }],
    ["a variable with a slip", { env: { MINTMARK_ADMIN_PASWORD: secret } }],
    ["a YAML value", yaml(`master_key: ${secret}`)],
    ["a nested YAML value", yaml(`master_key: [${secret}]`)],
    ["broken YAML", yaml(`admin_password: "${secret}\nport: 1`)],
    ["an alias that leads nowhere", yaml(`admin_password: *${secret}`)],
    ["a tag", yaml(`admin_password: !${secret} x`)],
    ["a YAML file that is one word", yaml(secret)],
  ])("%s", (_case, given) => {
    expect(renderMistakes(mistakesOf(given))).not.toContain(secret);
  });

  test("nor does the configuration when somebody prints it", () => {
    const config = configOf({
      env: {
        MINTMARK_DATABASE_URL: DATABASE,
        MINTMARK_ADMIN_PASSWORD: "hunter2hunter2",
        MINTMARK_MASTER_KEY: KEY.toString("base64"),
      },
    });
    expect(config.databaseUrl?.reveal()).toBe(DATABASE);
    expect(JSON.stringify([config.databaseUrl, config.adminPassword])).not.toContain(secret);
  });
});
