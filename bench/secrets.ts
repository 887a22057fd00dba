import { api } from "../e2e/server.ts";
import { drawSecret } from "../packages/server/src/core/secret/format.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";

interface Hub {
  readonly url: string;
}

/** Makes credentials over the API, some at a time; their secrets. */
export async function issueSecrets(
  hub: Hub,
  bearer: string,
  count: number,
  body: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const secrets: string[] = [];
  const client = async () => {
    while (secrets.length < count) {
      const { secret } = await api<{ secret: string }>(hub, "POST", "/credentials", { bearer, body });
      secrets.push(secret);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  return secrets.slice(0, count);
}

/** Well-formed secrets that were never issued. */
export function unknownSecrets(count: number): readonly string[] {
  return Array.from({ length: count }, () => drawSecret(systemEntropy, "mmt_").reveal());
}

/** The same with a last character that no secret has. */
export function garbageOf(secrets: readonly string[]): readonly string[] {
  return secrets.map((secret) => `${secret.slice(0, -1)}-`);
}

/** A confidential client, as the value of its `Authorization` header. */
export async function makeClient(hub: Hub, bearer: string): Promise<string> {
  const body = { name: "bench", type: "confidential", scopes: ["hub:introspect:use"] };
  const made = await api<{ client: { clientId: string }; clientSecret: string }>(
    hub,
    "POST",
    "/oauth/clients",
    {
      bearer,
      body,
    },
  );
  return basic(made.client.clientId, made.clientSecret);
}

/** RFC 7617; client ids and secrets here need no escaping (RFC 6749 §2.3.1). */
export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}
