import { refusal } from "../failure.ts";

/** A log-in in podman's or docker's file; `line` counts from 1. */
export interface ContainerLogin {
  readonly registry: string;
  readonly username: string;
  readonly secret: string;
  readonly line: number;
}

interface AuthFile {
  readonly auths?: Readonly<
    Record<string, { readonly auth?: string; readonly identitytoken?: string } | null>
  > | null;
}

export function containerLogins(text: string): readonly ContainerLogin[] {
  const { auths } = parse(text) ?? {};
  return Object.entries(auths ?? {}).flatMap(([registry, login]) => {
    const { auth, identitytoken } = login ?? {};
    const pair = Buffer.from(auth ?? "", "base64").toString("utf8");
    const at = pair.indexOf(":");
    const secret = identitytoken ?? (at < 0 ? "" : pair.slice(at + 1));
    const username = at < 0 ? "" : pair.slice(0, at);
    return secret === "" ? [] : [{ registry, username, secret, line: lineOf(text, registry) }];
  });
}

/** The file with a log-in for the registry; its other members stay. Throws a refusal if it is not JSON. */
export function withContainerLogin(
  text: string,
  path: string,
  { registry, username, secret }: Omit<ContainerLogin, "line">,
): string {
  const file = text.trim() === "" ? {} : parse(text);
  if (file === null) {
    throw refusal("not_json", `${path} is not JSON`, "Move it away, or give another file with --path.");
  }
  const auth = Buffer.from(`${username}:${secret}`).toString("base64");
  return `${JSON.stringify({ ...file, auths: { ...file.auths, [registry]: { auth } } }, null, "\t")}\n`;
}

function parse(text: string): AuthFile | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as AuthFile) : null;
  } catch {
    return null;
  }
}

function lineOf(text: string, registry: string): number {
  const at = text.indexOf(JSON.stringify(registry));
  return at < 0 ? 1 : text.slice(0, at).split("\n").length;
}
