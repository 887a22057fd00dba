/** A line `NAME=value` of an environment file; `line` counts from 1. */
export interface EnvValue {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

const PAIR = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;

export function envValues(text: string): readonly EnvValue[] {
  return text.split(/\r?\n/).flatMap((raw, at) => {
    const [, name, value = ""] = PAIR.exec(raw.trim()) ?? [];
    return name === undefined ? [] : [{ name, value: unquoted(value.trim()), line: at + 1 }];
  });
}

/** The text with these variables set: existing lines are replaced in place, others added; comments stay. */
export function withEnvValues(text: string, values: Readonly<Record<string, string>>): string {
  const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const missing = new Map(Object.entries(values));
  for (const [at, line] of lines.entries()) {
    const [, name, former = ""] = PAIR.exec(line.trim()) ?? [];
    const value = name === undefined ? undefined : missing.get(name);
    if (name !== undefined && value !== undefined) {
      const prefix = /^\s*export[ \t]+/.exec(line)?.[0] ?? "";
      lines[at] = `${prefix}${name}=${value}${/[ \t]+#.*$/.exec(former)?.[0] ?? ""}`;
      missing.delete(name);
    }
  }
  return `${[...lines, ...[...missing].map(([name, value]) => `${name}=${value}`)].join("\n")}\n`;
}

function unquoted(value: string): string {
  const [, inDouble, inSingle] = /^(?:"(.*)"|'(.*)')(?:[ \t]+#.*)?$/.exec(value) ?? [];
  return inDouble ?? inSingle ?? value.replace(/[ \t]+#.*$/, "");
}
