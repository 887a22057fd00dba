import { expect, test } from "vitest";
import { newId } from "../core/ids.ts";
import type { Store } from "../core/store.ts";
import { entropy } from "../testing/entropy.ts";
import { addAccount, clock, NOW, newAccount, scopes } from "./contract-samples.ts";

const newTeam = (name: string, externalGroup: string | null = null) => ({
  id: newId(clock, entropy),
  name,
  description: null,
  externalGroup,
  createdAt: NOW,
});

/** The contract of every store for teams. */
export function teamsContract(openStore: () => Promise<Store>): void {
  test("a member's account carries its teams with their grants until the membership ends", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const [zeta, alpha] = [newTeam("zeta"), newTeam("Alpha")];
    await store.write(async (writes) => {
      await writes.teams.insert(zeta);
      await writes.teams.insert(alpha);
      await writes.teams.setGrants(zeta.id, scopes("repository:z/*:pull", "collection:z.*:upload"));
      await writes.accounts.setGrants(owner.id, scopes("instance:sales:use"));
      await writes.teams.setMembership(zeta.id, owner.id, { byHand: true, byProvider: false });
      await writes.teams.setMembership(alpha.id, owner.id, { byHand: false, byProvider: true });
    });

    const member = await store.read.accounts.findById(owner.id);
    expect(member?.grants).toEqual(scopes("instance:sales:use"));
    expect(member?.teams).toEqual([
      { teamId: alpha.id, team: "Alpha", byHand: false, byProvider: true, grants: [] },
      {
        teamId: zeta.id,
        team: "zeta",
        byHand: true,
        byProvider: false,
        grants: scopes("repository:z/*:pull", "collection:z.*:upload"),
      },
    ]);
    expect((await store.read.teams.members(zeta.id)).map(({ username }) => username)).toEqual([
      owner.username,
    ]);

    await store.write(async (writes) => {
      await writes.teams.setMembership(zeta.id, owner.id, { byHand: false, byProvider: false });
      await writes.teams.remove(alpha.id);
    });
    expect((await store.read.accounts.findById(owner.id))?.teams).toEqual([]);
  });

  test("team names are unique in any case, and lists go by name", async () => {
    const store = await openStore();
    await store.write(async (writes) => {
      await writes.teams.insert(newTeam("beta", "/staff"));
      await writes.teams.insert(newTeam("Alpha", "/staff"));
    });

    await expect(store.write((writes) => writes.teams.insert(newTeam("ALPHA")))).rejects.toMatchObject({
      code: "team_exists",
    });
    const names = (teams: readonly { name: string }[]) => teams.map(({ name }) => name);
    expect(names(await store.read.teams.list({ limit: 1 }))).toEqual(["Alpha"]);
    expect(names(await store.read.teams.list({ limit: 9, after: "alpha" }))).toEqual(["beta"]);
    expect(names(await store.read.teams.withExternalGroup(["/staff", "/none"]))).toEqual(["Alpha", "beta"]);
    expect(await store.read.teams.withExternalGroup([])).toEqual([]);
  });

  test("a team's grant gives a namespace away as an account's does, until the team is gone", async () => {
    const store = await openStore();
    const team = newTeam("owners");
    await store.write(async (writes) => {
      await writes.teams.insert(team);
      await writes.teams.setGrants(team.id, scopes("repository:acme/*:push", "instance:sales:use"));
      await writes.sharedGrants.setSharedGrants("authenticated", scopes("repository:common/*:pull"));
    });

    expect(await store.read.accounts.isNamespaceGranted("acme")).toBe(true);
    expect(await store.read.accounts.isNamespaceGranted("common")).toBe(false);
    expect((await store.read.teams.withGrantOn("instance", "sales")).map(({ id }) => id)).toEqual([team.id]);
    await store.write((writes) => writes.teams.remove(team.id));
    expect(await store.read.accounts.isNamespaceGranted("acme")).toBe(false);
  });

  test("a robot holds the repository grants of its team as they are, and nothing else of it", async () => {
    const store = await openStore();
    const team = newTeam("ops");
    const robot = await store.write(async (writes) => {
      await writes.teams.insert(team);
      await writes.teams.setGrants(team.id, scopes("repository:ops/*:pull", "collection:ops.*:upload"));
      return writes.accounts.insert({ ...newAccount("ops+ci"), type: "service", robotOf: team.id });
    });

    expect(robot.teams.flatMap(({ grants }) => grants)).toEqual(scopes("repository:ops/*:pull"));
    expect(await store.read.teams.robots(team.id)).toEqual([robot.id]);
    await store.write((writes) => writes.teams.setGrants(team.id, scopes("repository:new/*:push")));
    const later = await store.read.accounts.findById(robot.id);
    expect(later?.teams.flatMap(({ grants }) => grants)).toEqual(scopes("repository:new/*:push"));
    await store.write((writes) => writes.accounts.markDeleted(robot.id, NOW));
    expect(await store.read.teams.robots(team.id)).toEqual([]);
  });
}
