import type { Account } from "../account/account.ts";
import { isUsername } from "../account/account.ts";
import { HUB_ADMIN } from "../authority/authority.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import type { Credential } from "../credential/credential.ts";
import { type Issuance, type Issued, issueInside } from "../credential/issue.ts";
import { HubError } from "../errors.ts";
import { insertService, removeService } from "../service/services.ts";
import { requireStanding } from "../standing.ts";
import type { Reads } from "../store.ts";
import type { Team } from "./team.ts";

/** Quay's user names (quay `util/validation.py`): two characters and more, no capitals. */
const SHORT_NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const SHORT_NAME_MIN = 2;

/**
 * Quay's robots: the robot `team+short` is a service that holds the repository grants of its team as they are
 * at each moment, and has one application token. Hub administrators and members of the team manage it.
 */
export class Robots {
  readonly #context: HubContext;
  readonly #issuance: Issuance;

  constructor(context: HubContext, issuance: Issuance) {
    this.#context = context;
    this.#issuance = issuance;
  }

  /** By name. Throws `not_found` for an unknown team and for one that the caller does not belong to. */
  async list(teamName: string, caller: Caller): Promise<readonly Account[]> {
    const { read } = this.#context.store;
    const team = await findTeam(read, teamName, caller);
    const robots = await Promise.all(
      (await read.teams.robots(team.id)).map((id) => read.accounts.findById(id)),
    );
    return robots.filter((robot) => robot !== null);
  }

  /** Throws `not_found`. */
  async get(teamName: string, short: string, caller: Caller): Promise<Account> {
    return findRobot(this.#context.store.read, teamName, short, caller);
  }

  /** The robot's token, or null if it was revoked. */
  async tokenOf(robot: Account): Promise<Credential | null> {
    const now = this.#context.clock.now();
    const filter = { ownerId: robot.id, kind: "app_token", state: "active", limit: 1, now } as const;
    return (await this.#context.store.read.credentials.list(filter))[0] ?? null;
  }

  /**
   * Makes a robot with the caller as steward and its token, both or neither. Throws `not_found`,
   * `malformed_request`, `user_exists`.
   */
  async create(
    { team: teamName, short, description }: { team: string; short: string; description: string | null },
    caller: Caller,
  ): Promise<{ robot: Account; issued: Issued }> {
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const team = await findTeam(writes, teamName, caller);
      const name = `${team.name}+${short}`;
      if (short.length < SHORT_NAME_MIN || !SHORT_NAME.test(short) || !isUsername(name)) {
        throw new HubError("malformed_request", {
          explanation:
            "A robot's name has two lower-case letters or digits and more, and at most 64 characters with its team.",
        });
      }
      const made = await insertService(this.#context, writes, { name, description, robotOf: team.id });
      await writes.services.setStewards(made.id, [caller.account?.id ?? ""]);
      await writes.audit.append({
        action: "service.create",
        actor: actorOf(caller),
        owner: ownerOf(made),
        credentialId: null,
        details: { team: team.name, description },
      });
      const order = { owner: made, request: tokenOf(made), caller };
      return { robot: made, issued: await issueInside(this.#context, writes, order) };
    });
  }

  /** A new token; the former ones end in the same change. Throws `not_found`. */
  async regenerate(
    teamName: string,
    short: string,
    caller: Caller,
  ): Promise<{ robot: Account; issued: Issued }> {
    const robot = await this.get(teamName, short, caller);
    return { robot, issued: await this.#issue(robot, caller) };
  }

  /** Throws `not_found`. */
  async remove(teamName: string, short: string, caller: Caller): Promise<void> {
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await removeService(this.#context, writes, await findRobot(writes, teamName, short, caller), caller);
    }, "large");
  }

  #issue(robot: Account, caller: Caller): Promise<Issued> {
    return this.#issuance.issue(robot, tokenOf(robot), caller);
  }
}

function tokenOf({ username }: Account) {
  return { kind: "app_token", title: username, replacesKind: true } as const;
}

async function findTeam(reads: Reads, name: string, caller: Caller): Promise<Team> {
  const team = await reads.teams.findByName(name);
  const account = caller.account && (await reads.accounts.findById(caller.account.id));
  const isAdministrator = account?.role === "admin" && caller.authority.permits(HUB_ADMIN);
  const isMember = account?.teams.some(({ teamId }) => teamId === team?.id) ?? false;
  if (!team || account?.type !== "person" || account.disabled || !(isAdministrator || isMember)) {
    throw new HubError("not_found");
  }
  return team;
}

async function findRobot(reads: Reads, teamName: string, short: string, caller: Caller): Promise<Account> {
  const team = await findTeam(reads, teamName, caller);
  const robot = await reads.accounts.findByUsername(`${team.name}+${short}`);
  if (!robot?.teams.some(({ teamId }) => teamId === team.id) || robot.type !== "service") {
    throw new HubError("not_found");
  }
  return robot;
}
