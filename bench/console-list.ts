// Claim: a page of a list takes about as long from 10,000 credentials as from 100 where an index has the
// order, first page or deep; an order that moves with each use walks all of the owner's, and is a page that a
// person does not wait for. Run: npm run bench -- console-list
import type { Account } from "../packages/server/src/core/account/account.ts";
import { SORTS } from "../packages/server/src/core/credential/order.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { addManyCredentials } from "../packages/server/src/testing/many-credentials.ts";
import { claim } from "./claim.ts";
import { NOBODY, openHub } from "./hub.ts";
import { compare, costInProcess } from "./rounds.ts";

const FEW = 100;
const MANY = 10_000;
const PAGE = 50;
const ROUND_MS = 300;
const DEEP_PAGES = 100;
const PASSWORD = "a long password for the bench";

await claim(async (later) => {
  const { server, remove } = await openHub();
  later(remove);
  const { hub } = server;

  async function signedInWith(username: string, count: number): Promise<string> {
    const account = { username, role: "member", password: PASSWORD } as const;
    const owner: Account = await hub.accounts.create(account, NOBODY);
    await addManyCredentials(server.context.store, owner, count, systemClock);
    const { secret } = await hub.sessions.open(username, PASSWORD, NOBODY.origin);
    return secret.reveal();
  }

  async function page(bearer: string, sort: string, cursor: string | null): Promise<string | null> {
    const query = new URLSearchParams({
      sort,
      state: "active",
      limit: String(PAGE),
      ...(cursor ? { cursor } : {}),
    });
    const reply = await server.app.inject({
      url: `/api/mintmark/v1/credentials?${query}`,
      headers: { authorization: `Bearer ${bearer}` },
    });
    if (reply.statusCode !== 200) throw new Error(`answered ${reply.statusCode}: ${reply.body}`);
    return reply.json<{ nextCursor: string | null }>().nextCursor;
  }

  const few = await signedInWith("few", FEW);
  const many = await signedInWith("many", MANY);
  for (const sort of SORTS.map((by) => (by === "created" ? "-created" : by))) {
    let deep: string | null = null;
    for (let turned = 0; turned < DEEP_PAGES; turned += 1) {
      deep = await page(many, sort, deep);
    }
    await compare({
      [`list by ${sort}, first page of ${FEW}`]: () =>
        costInProcess(() => page(few, sort, null), 1, ROUND_MS),
      [`list by ${sort}, first page of ${MANY}`]: () =>
        costInProcess(() => page(many, sort, null), 1, ROUND_MS),
      [`list by ${sort}, page ${DEEP_PAGES + 1} of ${MANY}`]: () =>
        costInProcess(() => page(many, sort, deep), 1, ROUND_MS),
    });
  }
});
