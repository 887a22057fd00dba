import { createHarness, type Harness } from "./harness.ts";
import { chooseStore, type StoreName } from "./stores.ts";

export const KEY = "/usermgmt/v1/user/apiKey";
export const AUTHORIZE = "/icp4d-api/v1/authorize";
export const INSTANCES = "/zen-data/v3/service_instances";
export const WHO = "/usermgmt/v1/user/currentUserInfo";

export function zenApiKey(username: string, key: string): { authorization: string } {
  return { authorization: `ZenApiKey ${Buffer.from(`${username}:${key}`).toString("base64")}` };
}

export function basic(username: string, secret: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:${secret}`).toString("base64")}` };
}

export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
}

/** A hub as IBM's clients see it, with an administrator `root` and the instances `sales` and `hr`. */
export class ZenHub {
  readonly harness: Harness;
  readonly #removeStore: () => Promise<void>;
  #users = 0;

  private constructor(harness: Harness, removeStore: () => Promise<void>) {
    this.harness = harness;
    this.#removeStore = removeStore;
  }

  static async open(storeName: StoreName): Promise<ZenHub> {
    const store = await chooseStore(storeName);
    const harness = await createHarness({ openStore: store.openStore });
    await harness.addUser("root", { role: "admin" });
    const bearer = await harness.logIn("root");
    for (const id of ["sales", "hr"]) {
      const json = { id, displayName: `The ${id} data` };
      await harness.call({ method: "POST", url: "/api/mintmark/v1/instances", bearer, json });
    }
    return new ZenHub(harness, () => store.remove());
  }

  async close(): Promise<void> {
    await this.harness.close();
    await this.#removeStore();
  }

  /** A new user each time, so that no test sees another's key. */
  async someone(options: { grants?: readonly string[] } = {}): Promise<{ username: string; bearer: string }> {
    this.#users += 1;
    const username = `user${this.#users}`;
    await this.harness.addUser(username, options);
    return { username, bearer: await this.harness.logIn(username) };
  }

  async makeKey(bearer: string): Promise<string> {
    return (await this.harness.call({ method: "POST", url: KEY, bearer })).json().apiKey;
  }

  authorize(json: Record<string, unknown>) {
    return this.harness.call({ method: "POST", url: AUTHORIZE, json });
  }

  async statusAs(headers: Record<string, string>, url = WHO): Promise<number> {
    return (await this.harness.call({ url, headers })).statusCode;
  }

  async lastEvent() {
    return (await this.harness.context.store.read.audit.list({ limit: 1 }))[0];
  }
}
