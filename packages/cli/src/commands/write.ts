import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import type { CredentialKind, MintmarkClient } from "@mintmark/sdk";
import { refusal, usageFailure } from "../failure.ts";
import { withContainerLogin } from "../files/container-auth.ts";
import { withEnvValues } from "../files/env-file.ts";
import { iniValues, withIniValues } from "../files/ini.ts";
import { ibmCredentialFiles, ownAnsibleConfig, podmanAuthFile } from "../files/places.ts";
import { readText, requireOwnFile, writePrivate } from "../files/private-file.ts";
import type { Login } from "../hosts.ts";
import { timeFrom } from "../moment.ts";
import type { Session } from "../session.ts";

export interface WriteOptions {
  readonly path?: string;
  readonly title?: string;
  readonly expires?: string;
  readonly scope?: readonly string[];
  readonly registry?: string;
  readonly service?: string;
}

type Endpoints = Awaited<ReturnType<MintmarkClient["getEndpoints"]>>;

/** A tool: the kind of secret it takes, its file, and the file's text with a fresh secret in it. */
interface Tool {
  readonly kind: CredentialKind;
  path(session: Session): string;
  fill(
    text: string,
    secret: string,
    at: {
      readonly path: string;
      readonly username: string;
      readonly endpoints: Endpoints;
      readonly options: WriteOptions;
    },
  ): string;
}

export const TOOLS: Readonly<Record<string, Tool>> = {
  ansible: {
    kind: "offline_token",
    path: ({ terminal }) => ownAnsibleConfig(terminal.env),
    fill: (text, secret, { endpoints }) => fillAnsible(text, secret, endpoints),
  },
  podman: {
    kind: "app_token",
    path: ({ terminal }) => podmanAuthFile(terminal.env),
    fill: (text, secret, { path, endpoints, options }) =>
      withContainerLogin(text, path, {
        registry: options.registry ?? endpoints.registryHost,
        username: "$app",
        secret,
      }),
  },
  ibm: {
    kind: "platform_key",
    path: ({ terminal }) => ibmCredentialFiles(terminal.env)[0] ?? "ibm-credentials.env",
    fill: (text, secret, { username, endpoints, options }) => {
      const service = (options.service ?? "DATA_PRODUCT_HUB").toUpperCase().replaceAll("-", "_");
      return withEnvValues(text, {
        [`${service}_AUTH_TYPE`]: "cp4d",
        [`${service}_AUTH_URL`]: endpoints.publicUrl,
        [`${service}_USERNAME`]: username,
        [`${service}_APIKEY`]: secret,
      });
    },
  },
  env: {
    kind: "personal_token",
    path: () => resolve(".env"),
    fill: (text, secret, { endpoints }) =>
      withEnvValues(text, { MINTMARK_URL: endpoints.publicUrl, MINTMARK_TOKEN: secret }),
  },
};

/**
 * Puts a fresh secret where a tool reads it. What this command wrote into the same file before is ended once
 * the new one is on the disk; if the file cannot be written, the new one is ended and the old file stays.
 */
export async function writeFor(session: Session, name: string, options: WriteOptions): Promise<void> {
  const tool = TOOLS[name];
  if (tool === undefined) {
    throw usageFailure(`"${name}" is not a tool; one of ${Object.keys(TOOLS).join(", ")} was expected`);
  }
  const path = resolve(options.path ?? tool.path(session));
  requireOwnFile(path);
  const text = readText(path) ?? "";
  const { username } = session.requireLogin();
  const client = await session.client();
  const endpoints = await client.getEndpoints();
  requireRegistry(options.registry, endpoints);
  // Whatever is wrong with the file shows before a secret is made for it.
  const at = { path, username, endpoints, options };
  tool.fill(text, "", at);
  const { credential, secret } = await client.createCredential({
    kind: tool.kind,
    title: options.title ?? `${name} on ${hostname()}`,
    ...(options.expires === undefined ? {} : { expiresAt: timeFrom(options.expires, "--expires") }),
    ...(options.scope === undefined && tool.kind !== "personal_token"
      ? {}
      : { scopes: options.scope ?? ["*:*:*"] }),
  });
  try {
    writePrivate(path, tool.fill(text, secret, at));
  } catch (error) {
    await client.revokeCredential(credential.id).catch(() => undefined);
    throw reasonOf(error, path);
  }
  const place = [name, options.registry ?? options.service ?? ""].join(" ").trim();
  let former: Login["written"] = [];
  session.hosts.update(session.hub, ({ written }) => {
    former = written.filter((one) => one.path === path && one.place === place);
    const others = written.filter((one) => !former.includes(one));
    return { written: [...others, { path, place, credentialId: credential.id }] };
  });
  for (const { credentialId } of former) {
    await endFormer(session, client, credentialId);
  }
  session.show({ path, credential, ended: former.map(({ credentialId }) => credentialId) }, [
    `Wrote a fresh ${credential.kind} (${credential.hint}) to ${path}.`,
    ...(former.length > 0 ? ["The one that stood there before is revoked."] : []),
    ...hintsOf(name, path, session),
  ]);
}

/** A secret must not be written for a registry that the hub does not sign for. */
function requireRegistry(registry: string | undefined, { registryHost, registryHosts }: Endpoints): void {
  const known = [...new Set([registryHost, ...registryHosts])];
  if (registry !== undefined && !known.includes(registry)) {
    throw refusal(
      "unknown_registry",
      `The hub does not sign for ${registry}; it signs for ${known.join(", ")}`,
      "An operator adds a registry with MINTMARK_REGISTRY_HOSTS.",
    );
  }
}

async function endFormer(session: Session, client: MintmarkClient, id: string): Promise<void> {
  try {
    await client.revokeCredential(id);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    // One that has ended or is gone needs nothing.
    if (code !== "not_found" && code !== "credential_ended") {
      session.say(
        `mintmark: the former credential ${id} was not ended (${code ?? "failed"}); revoke it by hand`,
      );
    }
  }
}

function reasonOf(error: unknown, path: string): unknown {
  const { code } = error as { readonly code?: string };
  return typeof code === "string" && /^E[A-Z]+$/.test(code)
    ? refusal("not_written", `${path} cannot be written (${code})`, `Check the rights of ${dirname(path)}.`)
    : error;
}

function hintsOf(name: string, path: string, session: Session): readonly string[] {
  if (name === "podman" && session.terminal.env["REGISTRY_AUTH_FILE"] !== path) {
    return path === podmanAuthFile(session.terminal.env)
      ? []
      : [`Use it with: export REGISTRY_AUTH_FILE=${path}`];
  }
  if (name === "ansible" && path !== ownAnsibleConfig(session.terminal.env)) {
    return [`Use it with: export ANSIBLE_CONFIG=${path}`];
  }
  return [];
}

/** The server of this hub in ansible.cfg; a new one is named `hub` and added to the list of servers. */
function fillAnsible(text: string, secret: string, { galaxyUrl, tokenUrl }: Endpoints): string {
  const values = iniValues(text);
  const isOurs = (url: string) => url.replace(/\/+$/, "") === galaxyUrl.replace(/\/+$/, "");
  const known = values.find(
    ({ section, key, value }) => /^galaxy_server\./.test(section) && key === "url" && isOurs(value),
  );
  const server =
    known?.section.slice("galaxy_server.".length) ?? freeName(values.map(({ section }) => section));
  const list = values.find(({ section, key }) => section === "galaxy" && key === "server_list")?.value ?? "";
  const names = list
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const listed = names.includes(server)
    ? text
    : withIniValues(text, "galaxy", { server_list: [...names, server].join(", ") });
  return withIniValues(listed, `galaxy_server.${server}`, {
    url: galaxyUrl,
    auth_url: tokenUrl,
    token: secret,
  });
}

function freeName(sections: readonly string[]): string {
  const names = ["hub", "mintmark", ...Array.from({ length: 100 }, (_, at) => `hub${at + 2}`)];
  return names.find((name) => !sections.includes(`galaxy_server.${name}`)) ?? "mintmark_hub";
}
