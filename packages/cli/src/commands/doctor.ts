import type { CheckSecretAnswer } from "@mintmark/sdk";
import { isSecret } from "@mintmark/sdk/verifier";
import { EXIT } from "../failure.ts";
import { containerLogins } from "../files/container-auth.ts";
import { envValues } from "../files/env-file.ts";
import { iniValues } from "../files/ini.ts";
import { ansibleConfig, containerAuthFiles, galaxyTokenFile, ibmCredentialFiles } from "../files/places.ts";
import { readText } from "../files/private-file.ts";
import type { Session } from "../session.ts";
import { style } from "../terminal.ts";
import { ask, sentenceOf } from "./check.ts";

/** A secret of a hub that a tool would read, and the address that the tool would send it to. */
interface Found {
  readonly file: string;
  readonly line: number;
  readonly tool: string;
  readonly secret: string;
  /** The address in the file; null if the tool's file names none. */
  readonly address: string | null;
  /** What mends it. */
  readonly advice: string;
}

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly tool: string;
  readonly hub: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly sentence: string;
  readonly advice: string | null;
}

/**
 * Looks into the files where tools keep their secrets and tells which are good, and why not. Only well-formed
 * secrets of hubs are asked about, at the hub that their file names. Exits with 2 if one is not good, with 3
 * if a hub is out of reach.
 */
export async function diagnose(session: Session): Promise<number> {
  const findings: Finding[] = [];
  const found = [ansibleSecrets, ansibleVariables, galaxyTokens, registryLogins, ibmKeys]
    .flatMap((look) => look(session, (path) => readOr(path, findings)))
    .filter(({ secret }) => isSecret(secret));
  for (const one of found) {
    findings.push(await judge(session, one));
  }
  session.show(findings, linesOf(session, findings));
  if (findings.some(({ state }) => state === "bad")) {
    return EXIT.refused;
  }
  return findings.some(({ state }) => state === "unreachable") ? EXIT.unreachable : EXIT.good;
}

/** The text of a tool's file; one that cannot be read becomes a finding, and the others are looked at. */
function readOr(path: string, findings: Finding[]): string {
  try {
    return readText(path) ?? "";
  } catch (error) {
    const sentence = error instanceof Error ? error.message : "It cannot be read.";
    const place = { file: path, line: 1, tool: "unreadable", hub: null };
    findings.push({ ...place, state: "unknown", reason: null, sentence, advice: null });
    return "";
  }
}

type Read = (path: string) => string;

async function judge(session: Session, found: Found): Promise<Finding> {
  const { file, line, tool } = found;
  const hub = hubOf(session, found.address);
  if (hub === null) {
    const sentence = `No hub is known for ${found.address ?? "this secret"}, so nobody was asked about it.`;
    const advice = "mintmark login --hub https://hub.example.com";
    return { file, line, tool, hub, state: "unknown", reason: null, sentence, advice };
  }
  try {
    const answer = await ask(session.at(hub), found.secret);
    return { file, line, tool, hub, ...verdictOf(answer), advice: answer.active ? null : found.advice };
  } catch {
    const sentence = `${hub} cannot be reached.`;
    return { file, line, tool, hub, state: "unreachable", reason: null, sentence, advice: null };
  }
}

function verdictOf(answer: CheckSecretAnswer) {
  return { state: answer.active ? "good" : "bad", reason: answer.reason, sentence: sentenceOf(answer) };
}

function linesOf(session: Session, findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) {
    return ["No secret of a hub in the files that ansible, podman, docker and IBM's SDKs read here."];
  }
  const colours = { good: "green", bad: "red" } as const;
  return findings.flatMap(({ file, line, tool, state, sentence, advice }) => [
    `${style(session.terminal, colours[state as "good"] ?? "yellow", state.padEnd(11))} ${file}:${line} (${tool})`,
    `            ${sentence}`,
    ...(advice === null ? [] : [`            → ${advice}`]),
  ]);
}

function ansibleSecrets({ terminal }: Session, read: Read): readonly Found[] {
  const file = ansibleConfig(terminal.env);
  const values = file === null ? [] : iniValues(read(file));
  const of = (section: string, key: string) =>
    values.find((one) => one.section === section && one.key === key)?.value ?? null;
  return values
    .filter(
      ({ section, key }) => section.startsWith("galaxy_server.") && (key === "token" || key === "password"),
    )
    .map(({ section, value, line }) => ({
      file: file ?? "",
      line,
      tool: `ansible, ${section.slice("galaxy_server.".length)}`,
      secret: value,
      address: of(section, "auth_url") ?? of(section, "url"),
      advice: `mintmark write ansible --path ${file}`,
    }));
}

/** The variables of ansible win over its file (ansible-core, GALAXY_SERVER_DEF). */
function ansibleVariables({ terminal }: Session, read: Read): readonly Found[] {
  const file = ansibleConfig(terminal.env);
  const values = file === null ? [] : iniValues(read(file));
  const inFile = (server: string) =>
    values.find(
      ({ section, key }) =>
        section.toUpperCase() === `GALAXY_SERVER.${server}` && /^(?:auth_)?url$/.test(key),
    )?.value ?? null;
  return Object.entries(terminal.env).flatMap(([name, value = ""]) => {
    const [, server] = /^ANSIBLE_GALAXY_SERVER_(.+)_TOKEN$/.exec(name) ?? [];
    const prefix = `ANSIBLE_GALAXY_SERVER_${server}`;
    return server === undefined
      ? []
      : [
          {
            file: `$${name}`,
            line: 1,
            tool: "ansible, environment",
            secret: value,
            address: terminal.env[`${prefix}_AUTH_URL`] ?? terminal.env[`${prefix}_URL`] ?? inFile(server),
            advice: "mintmark token create --kind offline_token, and set the variable anew",
          },
        ];
  });
}

/** `token: …`, one for all servers, so the file names no hub. */
function galaxyTokens({ terminal }: Session, read: Read): readonly Found[] {
  const file = galaxyTokenFile(terminal.env);
  return read(file)
    .split(/\r?\n/)
    .flatMap((text, at) => {
      const [, secret] = /^token:[ \t]*["']?([^"'\s]+)/.exec(text) ?? [];
      return secret === undefined
        ? []
        : [
            {
              file,
              line: at + 1,
              tool: "ansible-galaxy",
              secret,
              address: null,
              advice: "mintmark write ansible, and remove this file",
            },
          ];
    });
}

function registryLogins({ terminal }: Session, read: Read): readonly Found[] {
  return containerAuthFiles(terminal.env).flatMap((file) =>
    containerLogins(read(file)).map(({ registry, secret, line }) => ({
      file,
      line,
      tool: `registry ${registry}`,
      secret,
      address: registry,
      advice: `mintmark write podman --path ${file} --registry ${registry}`,
    })),
  );
}

function ibmKeys({ terminal }: Session, read: Read): readonly Found[] {
  return ibmCredentialFiles(terminal.env).flatMap((file) => {
    const values = envValues(read(file));
    return values
      .filter(({ name }) => name.endsWith("_APIKEY"))
      .map(({ name, value, line }) => {
        const service = name.slice(0, -"_APIKEY".length);
        return {
          file,
          line,
          tool: `IBM SDK, ${service}`,
          secret: value,
          address: values.find((one) => one.name === `${service}_AUTH_URL`)?.value ?? null,
          advice: `mintmark write ibm --path ${file} --service ${service.toLowerCase()}`,
        };
      });
  });
}

/** Paths of the systems that a hub speaks for; what stands before one of them is the hub's address. */
const SYSTEM_PATH = /\/(?:api|auth\/realms|realms|icp4d-api|usermgmt|v1|v2|identity|siusermgr)(?:\/.*)?$/;

/** The hub that an address in a file belongs to; null if that cannot be known. */
function hubOf(session: Session, address: string | null): string | null {
  const hubs = session.hosts.all();
  const named = session.options.hub ?? session.terminal.env["MINTMARK_HUB"] ?? null;
  if (address === null) {
    return named ?? session.hosts.current();
  }
  if (!/^https?:\/\//.test(address)) {
    const host = address.replace(/\/.*$/, "");
    const known = hubs.find(
      ([hub, login]) => login.registryHosts.includes(host) || new URL(hub).host === host,
    );
    return known?.[0] ?? named;
  }
  const [known] = hubs.find(([hub]) => address === hub || address.startsWith(`${hub}/`)) ?? [];
  return known ?? (URL.canParse(address) ? withoutSystemPath(new URL(address)) : null);
}

function withoutSystemPath({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(SYSTEM_PATH, "").replace(/\/+$/, "")}`;
}
