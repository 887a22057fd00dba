import { expect } from "vitest";
import { loadConfig } from "../config/load.ts";
import type { Mistake } from "../config/mistakes.ts";
import type { Config } from "../config/options.ts";

/** Where a configuration comes from. */
export interface Given {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

export const KEY = Buffer.alloc(32, 0xfb);
export const DATABASE = "postgres://mint:hunter2hunter2@db.example.com/mint";

export function load({ flags = [], env = {}, files = {} }: Given) {
  const readFile = (path: string): string => {
    const content = files[path];
    if (content === undefined) {
      throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: "ENOENT" });
    }
    return content;
  };
  return loadConfig({ argv: flags, env: { PATH: "/bin", ...env }, readFile });
}

export function configOf(given: Given): Config {
  const loaded = load(given);
  expect(loaded).toMatchObject({ outcome: "config" });
  return (loaded as Extract<typeof loaded, { outcome: "config" }>).config;
}

export function mistakesOf(given: Given): readonly Mistake[] {
  const loaded = load(given);
  expect(loaded).toMatchObject({ outcome: "mistakes" });
  return (loaded as Extract<typeof loaded, { outcome: "mistakes" }>).mistakes;
}

/** A configuration with one line of YAML for each pair. */
export function yaml(text: string): Given {
  return { flags: ["--config", "hub.yaml"], files: { "hub.yaml": text } };
}
