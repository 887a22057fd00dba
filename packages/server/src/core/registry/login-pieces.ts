/**
 * The snippets for a new app token, ready to copy or save. They hold the secret, so they exist only while it
 * is shown.
 */
export interface LoginPieces {
  readonly username: "$app";
  /** For a shell; the token comes from standard input and never stands in the list of processes. */
  readonly commands: { readonly podman: string; readonly docker: string; readonly skopeo: string };
  /** `~/.docker/config.json`, or `auth.json` of podman. Saving it replaces the present file. */
  readonly dockerConfig: { readonly filename: string; readonly text: string };
  readonly kubernetes: {
    readonly name: string;
    readonly filename: string;
    /** The Secret, YAML. */
    readonly text: string;
    readonly command: string;
    /** The reference to it in a pod. */
    readonly podSpec: string;
  };
}

/** `host[:port]`. */
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/;
const NAMESPACE = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
/** DNS-1123 label. */
const NAME_LENGTH_MAX = 63;
const SUFFIX = "-pull-secret";

/**
 * The snippets of Quay's dialog, for any registry behind the hub. With `namespace` the pull secret is valid
 * for that part of the registry only (podman, CRI-O and the kubelet look for `host/namespace` first), so that
 * several can coexist. Throws a `RangeError` for an invalid registry or namespace: both appear in commands.
 */
export function loginPieces(of: {
  readonly registry: string;
  readonly secret: string;
  readonly title: string | null;
  readonly namespace?: string | undefined;
}): LoginPieces {
  const { registry, secret, title, namespace } = of;
  if (!HOST.test(registry) || (namespace !== undefined && !NAMESPACE.test(namespace))) {
    throw new RangeError("not a registry's host, or not a namespace");
  }
  const reach = namespace === undefined ? registry : `${registry}/${namespace}`;
  const config = JSON.stringify({ auths: { [reach]: { auth: btoa(`$app:${secret}`) } } }, null, 2);
  const name = kubernetesName(title);
  // Single quotes: a shell would expand $app as a variable.
  const login = (program: string) =>
    `printf %s '${secret}' | ${program} login --username '$app' --password-stdin ${registry}`;
  return {
    username: "$app",
    commands: { podman: login("podman"), docker: login("docker"), skopeo: login("skopeo") },
    dockerConfig: { filename: "config.json", text: `${config}\n` },
    kubernetes: {
      name,
      filename: `${name}.yaml`,
      text: secretYaml(name, btoa(config)),
      command: `kubectl create --filename ${name}.yaml --namespace NAMESPACE`,
      podSpec: `spec:\n  imagePullSecrets:\n    - name: ${name}\n`,
    },
  };
}

/** A title is any text; what Kubernetes takes for a name is not. */
function kubernetesName(title: string | null): string {
  const slug = (title ?? "")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, NAME_LENGTH_MAX - SUFFIX.length)
    .replace(/^-+|-+$/g, "");
  return `${slug === "" ? "mintmark" : slug}${SUFFIX}`;
}

function secretYaml(name: string, config: string): string {
  return `apiVersion: v1
kind: Secret
metadata:
  name: ${name}
type: kubernetes.io/dockerconfigjson
data:
  .dockerconfigjson: ${config}
`;
}
