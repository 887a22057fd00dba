import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

function homeOf(env: Env): string {
  return env["HOME"] || homedir();
}

/** `~/x` as ansible and others expand it. */
function expand(path: string, env: Env): string {
  return path.startsWith("~/") ? join(homeOf(env), path.slice(2)) : resolve(path);
}

/**
 * The one configuration that ansible reads: `ANSIBLE_CONFIG` (a file, or a folder that holds one), else
 * `ansible.cfg` here, `~/.ansible.cfg`, `/etc/ansible/ansible.cfg` (ansible-core, find_ini_config_file).
 */
export function ansibleConfig(env: Env): string | null {
  return ansibleConfigs(env).find((path) => existsSync(path)) ?? null;
}

function ansibleConfigs(env: Env): readonly string[] {
  const named = env["ANSIBLE_CONFIG"];
  const fromEnv = named ? [expand(named, env), join(expand(named, env), "ansible.cfg")] : [];
  return [...fromEnv, resolve("ansible.cfg"), join(homeOf(env), ".ansible.cfg"), "/etc/ansible/ansible.cfg"];
}

/** Where a new ansible configuration goes when none of one's own is in force. */
export function ownAnsibleConfig(env: Env): string {
  const found = ansibleConfig(env);
  if (found !== null && !found.startsWith("/etc/")) {
    return found;
  }
  const named = env["ANSIBLE_CONFIG"];
  return named ? expand(named, env) : join(homeOf(env), ".ansible.cfg");
}

export function galaxyTokenFile(env: Env): string {
  return expand(env["ANSIBLE_GALAXY_TOKEN_PATH"] || "~/.ansible/galaxy_token", env);
}

/** Podman's file of log-ins (containers-auth.json(5)); its own variable first. */
export function podmanAuthFile(env: Env): string {
  const named = env["REGISTRY_AUTH_FILE"];
  if (named) {
    return expand(named, env);
  }
  const runtime = env["XDG_RUNTIME_DIR"];
  return runtime
    ? join(runtime, "containers", "auth.json")
    : join(env["XDG_CONFIG_HOME"] || join(homeOf(env), ".config"), "containers", "auth.json");
}

/** Every file in which podman, skopeo or docker look for log-ins. */
export function containerAuthFiles(env: Env): readonly string[] {
  const config = env["XDG_CONFIG_HOME"] || join(homeOf(env), ".config");
  const files = [
    podmanAuthFile(env),
    join(config, "containers", "auth.json"),
    join(
      env["DOCKER_CONFIG"] ? expand(env["DOCKER_CONFIG"], env) : join(homeOf(env), ".docker"),
      "config.json",
    ),
  ];
  return [...new Set(files)];
}

/** Where IBM's SDKs look (ibm-cloud-sdk-core, read-credentials-file): the variable, the home, here. */
export function ibmCredentialFiles(env: Env): readonly string[] {
  const named = env["IBM_CREDENTIALS_FILE"];
  const name = "ibm-credentials.env";
  return [...new Set([...(named ? [expand(named, env)] : []), join(homeOf(env), name), resolve(name)])];
}
