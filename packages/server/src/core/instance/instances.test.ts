import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { Authority } from "../authority/authority.ts";
import { formatScope } from "../authority/scope.ts";
import { anonymousCaller, type Caller } from "../caller.ts";
import { Secret } from "../secret/secret.ts";
import type { Instances } from "./instances.ts";

const nobody = anonymousCaller({ address: null, agent: null });

describe("instances", () => {
  let hub: Harness;
  let instances: Instances;

  beforeEach(async () => {
    hub = await createHarness();
    instances = hub.hub.instances;
    await instances.create({ id: "sales", displayName: " Sales " }, nobody);
    await instances.create({ id: "staff", displayName: "Staff" }, nobody);
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("ada", { grants: ["instance:sales:use"] });
  });

  afterEach(() => hub.close());

  const callerOf = async (username: string): Promise<Caller> => ({
    account: await hub.hub.accounts.get(username),
    authority: Authority.NOTHING,
    proof: { by: "nothing" },
    origin: { address: null, agent: null },
  });
  const seenBy = async (caller: Caller) => (await instances.listFor(caller)).map(({ id }) => id);

  test("are seen by those who may use them", async () => {
    expect(await seenBy(await callerOf("ada"))).toEqual(["sales"]);
    expect(await seenBy(await callerOf("root"))).toEqual(["sales", "staff"]);
    expect(await seenBy(nobody)).toEqual([]);
  });

  test("one that is not granted answers as one that does not exist", async () => {
    const ada = await callerOf("ada");
    for (const id of ["staff", "no-such"]) {
      await expect(instances.usableBy(ada, id)).rejects.toMatchObject({ code: "not_found" });
    }
    expect(await instances.usableBy(ada, "sales")).toMatchObject({ displayName: "Sales" });
  });

  test("removing one ends its keys, all owners' and no other's; making it again revives none", async () => {
    const gone = [
      await hub.issue("ada", "instance_key", { instance: "sales" }),
      await hub.issue("root", "instance_key", { instance: "sales" }),
    ];
    const kept = await hub.issue("root", "instance_key", { instance: "staff" });
    await instances.remove("sales", nobody);
    await instances.create({ id: "sales", displayName: "Sales" }, nobody);

    for (const { secret } of gone) {
      expect(await hub.hub.verdicts.verify(new Secret(secret))).toMatchObject({
        active: false,
        ending: { reason: "instance_deleted" },
      });
    }
    expect((await hub.hub.verdicts.verify(new Secret(kept.secret))).active).toBe(true);
  });

  // A new instance with the same id must not inherit anybody's access.
  test("removing one takes the grants on it, and no others", async () => {
    const grants = [
      "instance:sales:use",
      "instance:sal*:use",
      "instance:sales2:use",
      "collection:acme.*:upload",
    ];
    await hub.hub.accounts.setGrants("ada", grants, nobody);
    await instances.remove("sales", nobody);

    expect((await hub.hub.accounts.get("ada")).grants.map(formatScope)).toEqual(grants.slice(1));
    const [, event] = await hub.context.store.read.audit.list({ limit: 2 });
    expect(event).toMatchObject({ action: "grant.update", owner: "ada", details: { before: grants } });
  });

  test("ids and names that are none are refused, and an id is taken once", async () => {
    const refusal = (id: string, displayName = "X") =>
      instances.create({ id, displayName }, nobody).then(
        () => null,
        (error: { code?: string; field?: string }) => error.field ?? error.code,
      );
    for (const id of ["", "a/b", "a*", "*", "a:b", "-a", "x".repeat(65)]) {
      expect(await refusal(id)).toBe("id");
    }
    for (const name of ["", "  ", "a\nb", "x".repeat(256)]) {
      expect(await refusal("fine", name)).toBe("displayName");
    }
    expect(await refusal("sales")).toBe("instance_exists");
  });
});
