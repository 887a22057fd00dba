/** A value in an ini file, with where it stands; `line` counts from 1. */
export interface IniValue {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

const SECTION = /^\[([^\]]+)\]/;
const PAIR = /^([A-Za-z0-9_.-]+)[ \t]*[=:][ \t]*(.*?)[ \t]*$/;

/** ansible.cfg takes a remark behind a value, after a space and a semicolon. */
const REMARK = /[ \t]+;.*$/;

const isContinuation = (line: string) => /^[ \t]+[^ \t;#]/.test(line);

/** The values of an ini file as Python's configparser reads them; continued lines are joined by breaks. */
export function iniValues(text: string): readonly IniValue[] {
  let section = "";
  const found: IniValue[] = [];
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const [, name] = SECTION.exec(raw) ?? [];
    if (name !== undefined) {
      section = name.trim();
      continue;
    }
    const [, key, value = ""] = PAIR.exec(raw) ?? [];
    if (key !== undefined) {
      found.push({ section, key: key.toLowerCase(), value: value.replace(REMARK, ""), line: at + 1 });
      continue;
    }
    const last = found.at(-1);
    if (isContinuation(raw) && last !== undefined) {
      found[found.length - 1] = { ...last, value: `${last.value}\n${raw.trim()}`.trim() };
    }
  }
  return found;
}

/**
 * The text with these values set in a section: a line that has the key is replaced, other keys are added at
 * the section's end, a missing section at the end of the file. Comments, order and line breaks stay.
 */
export function withIniValues(
  text: string,
  section: string,
  values: Readonly<Record<string, string>>,
): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const missing = new Map(Object.entries(values));
  let current = "";
  let end = -1;
  for (const [at, line] of lines.entries()) {
    const [, name] = SECTION.exec(line) ?? [];
    current = name === undefined ? current : name.trim();
    if (current !== section) {
      continue;
    }
    if (line.trim() !== "") {
      end = at;
    }
    const key = PAIR.exec(line)?.[1]?.toLowerCase();
    const value = key === undefined ? undefined : missing.get(key);
    if (key !== undefined && value !== undefined) {
      lines[at] = `${key} = ${value}${REMARK.exec(line)?.[0] ?? ""}`;
      missing.delete(key);
      while (isContinuation(lines[at + 1] ?? "")) {
        lines.splice(at + 1, 1);
      }
    }
  }
  const added = [...missing].map(([key, value]) => `${key} = ${value}`);
  if (end >= 0) {
    lines.splice(end + 1, 0, ...added);
  } else {
    lines.push(...(lines.length === 0 ? [] : [""]), `[${section}]`, ...added);
  }
  return `${lines.join(eol)}${eol}`;
}
