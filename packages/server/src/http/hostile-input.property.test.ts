import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leastCost } from "../testing/cost.ts";
import { type Call, createHarness, type Harness } from "../testing/harness.ts";
import {
  hostilePieces,
  type Input,
  type Place,
  placeOfQuery,
  placesOfForm,
  placesOfJson,
  placesOfMultipart,
  shapes,
} from "../testing/hostile-calls.ts";
import { WRITE_CALLS } from "../testing/write-calls.ts";

const BODY_BYTES = 1_000_000;
const QUERY_BYTES = 15_000;
/** Below this nobody waits, whatever the growth; the harmless input of a megabyte takes up to 20 ms. */
const FREE_MS = 100;
const MS_MAX = 250;
const RUNS = 150;
/** Four times the input may take four times as long, and as much again by chance. */
const GROWTH_MAX = 8;
/** Below this a cost is noise, and a growth worked out from it means nothing. */
const NOISE_MS = 20;
const API = "/api/mintmark/v1";
const GALAXY = "/api/galaxy";

let hub: Harness;
let bearer: string;
const places: Place[] = [];

beforeAll(async () => {
  hub = await createHarness({ policy: { appTokenReveal: "always" } });
  await hub.addUser("ada", { role: "admin", grants: ["collection:*:*", "hub:*:*"] });
  bearer = await hub.logIn("ada");
  for (const [at, [name, build]] of Object.entries(WRITE_CALLS).entries()) {
    const call = await build({ hub, me: "ada", tag: `tag${at}` });
    if (call.json !== undefined) {
      places.push(...placesOfJson(name, call, BODY_BYTES));
    } else if (call.form !== undefined) {
      places.push(...placesOfForm(name, call, BODY_BYTES));
    }
  }
  places.push(...placesOfMultipart(`${GALAXY}/v3/artifacts/collections/`, BODY_BYTES));
  for (const [path, parameters] of Object.entries(LISTS)) {
    places.push(...parameters.map((parameter) => placeOfQuery(path, parameter, QUERY_BYTES)));
  }
}, 60_000);

afterAll(() => hub.close());

const LISTS: Readonly<Record<string, readonly string[]>> = {
  [`${API}/credentials`]: [
    "cursor",
    "limit",
    "owner",
    "kind",
    "state",
    "instance",
    "unusedSince",
    "createdSince",
    "usedFrom",
    "sort",
    "unknown",
  ],
  [`${API}/audit`]: ["cursor", "limit", "actor", "action", "credentialId"],
  [`${API}/audit/check`]: ["after"],
  [`${API}/users`]: ["cursor", "limit"],
  [`${API}/services`]: ["cursor"],
  [`${API}/teams`]: ["cursor"],
  [`${API}/sessions`]: ["cursor"],
  [`${API}/collections`]: ["cursor", "limit"],
  [`${GALAXY}/v3/collections/`]: ["limit", "offset", "namespace", "name", "deprecated"],
  [`${GALAXY}/v3/namespaces/`]: ["limit", "offset", "name", "company", "keywords", "sort"],
  [`${GALAXY}/v3/plugin/ansible/search/collection-versions/`]: [
    "keywords",
    "namespace",
    "q",
    "order_by",
    "tags",
  ],
  "/api/v1/user/apptoken": ["expiring", "next_page"],
  "/verify": ["scope"],
  "/v2/auth": ["scope", "service", "account"],
  "/device": ["user_code"],
  "/oauth/authorize": ["scope", "redirect_uri", "state"],
  "/sign-in/oidc/callback": ["code", "state"],
};

/** The call costs little, or its cost grows with its size and no faster. */
async function expectProportional(place: Place, input: Omit<Input, "bytes">): Promise<void> {
  const costOf = (bytes: number, goalMs: number) => {
    const call: Call = { bearer, ...place.call({ ...input, bytes }) };
    return leastCost(() => hub.call(call), goalMs);
  };
  const whole = await costOf(place.bytes, FREE_MS);
  if (whole < FREE_MS) {
    return;
  }
  const quarter = Math.max(NOISE_MS, await costOf(place.bytes / 4, NOISE_MS));
  expect({ place: place.name, input, whole, quarter }).toSatisfy(
    () => whole < MS_MAX && whole / quarter < GROWTH_MAX,
  );
}

test("whatever stands wherever in a request of the allowed size, its cost grows with its size alone", async () => {
  const property = fc.asyncProperty(fc.nat(), hostilePieces, shapes, async (at, piece, shape) => {
    const place = places[at % places.length];
    return place && expectProportional(place, { piece, shape });
  });
  await fc.assert(property, { numRuns: RUNS, seed: 20_261_128, endOnFailure: true });
}, 240_000);
