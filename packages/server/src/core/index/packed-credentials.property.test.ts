import fc from "fast-check";
import { expect, test } from "vitest";
import { EVERYTHING, type Scope } from "../authority/scope.ts";
import { type Credential, UNTOUCHED } from "../credential/credential.ts";
import { PackedCredentials } from "./packed-credentials.ts";

const STEPS = 3_000;
/** Few, so that credentials come again, change their digests and take each other's. */
const IDS = 700;
const OWNERS = ["ada", "bob", "cy"];
const SCOPES: readonly (readonly Scope[])[] = [
  [],
  [EVERYTHING],
  [{ type: "repository", name: "a/*", actions: ["pull"] }],
];
const TITLES = [null, "", "nightly build", "größer ✓", '"line"\nbreak\n', "{}", "x".repeat(700)];

// An index that answered with another credential, or with one that was removed, would let a stranger in.
test("answers like a map whatever is added, changed and removed, however many digests begin alike", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const draw = drawFrom(numbers);
      const packed = new PackedCredentials(1_000_000);
      const model = new Map<string, Credential>();
      for (let step = 0; step < STEPS; step += 1) {
        change(packed, model, draw, step);
        const id = idOf(draw(IDS));
        const known = model.get(id) ?? null;
        // Three times and by both names: objects are kept of what is read again.
        for (let again = 0; again < 3; again += 1) {
          expect(packed.byId(id)).toEqual(known);
          if (known) {
            expect(packed.byDigest(known.digest.toString("latin1"))).toEqual(known);
          }
        }
        expect(packed.size).toBe(model.size);
      }
      for (let at = 0; at < IDS; at += 1) {
        const known = model.get(idOf(at)) ?? null;
        expect(packed.byId(idOf(at))).toEqual(known);
        if (known) {
          expect(packed.byDigest(known.digest.toString("latin1"))).toEqual(known);
        }
      }
      for (const owner of OWNERS) {
        expect(packed.hasOwner(owner)).toBe([...model.values()].some(({ ownerId }) => ownerId === owner));
      }
    }),
    { numRuns: 12 },
  );
});

test("never holds more than its bound, nor anything that is not true", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 90 }), (numbers, bound) => {
      const draw = drawFrom(numbers);
      const packed = new PackedCredentials(bound);
      const model = new Map<string, Credential>();
      for (let step = 0; step < STEPS; step += 1) {
        change(packed, model, draw, step);
        const id = idOf(draw(IDS));
        const digest = digestOf(draw(IDS)).toString("latin1");
        const byDigest = packed.byDigest(digest);
        expect(byDigest === null || byDigest).toEqual(byDigest === null || model.get(byDigest.id));
        expect(byDigest?.digest.toString("latin1") ?? digest).toBe(digest);
        packed.byId(id);
        const found = packed.byId(id);
        expect(found === null || found).toEqual(found === null || model.get(id));
        expect(packed.size).toBeLessThanOrEqual(bound);
      }
    }),
    { numRuns: 8 },
  );
});

test("what is read again and again stays while others pass through", () => {
  const packed = new PackedCredentials(50);
  const favourite = credentialOf(drawFrom([1]), 0);
  packed.put(favourite);
  for (let at = 1; at < IDS; at += 1) {
    packed.put({ ...credentialOf(drawFrom([at]), at), digest: digestOf(at + 1_000) });
    expect(packed.byId(favourite.id)).toEqual(favourite);
  }
});

test("values that no credential has any more are let go", () => {
  const packed = new PackedCredentials(10);
  for (let at = 0; at < 200; at += 1) {
    packed.put({ ...credentialOf(drawFrom([at]), at), ownerId: `owner ${at}`, digest: digestOf(at) });
  }
  expect(Array.from({ length: 200 }, (_, at) => packed.hasOwner(`owner ${at}`)).filter(Boolean)).toHaveLength(
    10,
  );
});

type Draw = (below: number) => number;

/** Whole numbers below a bound, drawn from a stream. */
function drawFrom(numbers: Iterable<number>): Draw {
  let state = 0;
  for (const number of numbers) {
    state = number;
    break;
  }
  // A small generator: the stream itself would be kept to be shown, and is slow to draw from.
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One step: mostly additions in the first half, mostly removals in the second. */
function change(packed: PackedCredentials, model: Map<string, Credential>, draw: Draw, step: number): void {
  const chance = draw(100);
  if (chance === 0) {
    const owner = OWNERS[draw(OWNERS.length)] as string;
    for (let from = 0; from < packed.slots; from += 64) {
      packed.removeOwnersBetween([owner], from, from + 64);
    }
    drop(model, ({ ownerId }) => ownerId === owner);
  } else if (chance < (step < STEPS / 2 ? 20 : 70)) {
    const id = idOf(draw(IDS));
    packed.remove(id);
    model.delete(id);
  } else {
    const credential = credentialOf(draw, draw(IDS));
    packed.put(credential);
    // A digest belongs to one credential: another that had it is gone.
    drop(model, ({ digest }) => digest.equals(credential.digest));
    model.set(credential.id, credential);
  }
}

function drop(model: Map<string, Credential>, isOut: (credential: Credential) => boolean): void {
  for (const [id, credential] of model) {
    if (isOut(credential)) {
      model.delete(id);
    }
  }
}

/** Ids that differ in their last digits alone. */
function idOf(at: number): string {
  return `0192aaaa-0000-7000-8000-${at.toString(16).padStart(12, "0")}`;
}

/** Of all digests the first words, by which they are looked up, are one of three. */
function digestOf(at: number): Buffer {
  const digest = Buffer.alloc(32, at % 3);
  digest.writeUInt32BE(at, 28);
  return digest;
}

function credentialOf(draw: Draw, at: number): Credential {
  const oneIn = <Value>(chance: number, value: Value): Value | null => (draw(chance) === 0 ? value : null);
  return {
    ...UNTOUCHED,
    id: idOf(at),
    kind: draw(2) === 0 ? "app_token" : "offline_token",
    ownerId: OWNERS[draw(OWNERS.length)] as string,
    title: TITLES[draw(TITLES.length)] as string | null,
    scopes: SCOPES[draw(SCOPES.length)] as readonly Scope[],
    instance: oneIn(5, "here"),
    clientId: oneIn(5, "client"),
    hint: ["mma_…AbC9", "mmo_…zzzz", "mma_…", "another form"][draw(4)] as string,
    digest: digestOf(draw(3) === 0 ? draw(2 * IDS) : at),
    digestKeyVersion: 1 + draw(2),
    createdAt: 1_700_000_000_000 + draw(1_000_000),
    expiresAt: oneIn(2, 1_800_000_000_000 + draw(1_000)),
    idleMs: oneIn(3, 86_400_000),
    lastUse:
      draw(2) === 0
        ? null
        : { at: 1_700_000_000_001, address: oneIn(2, "2001:db8::1"), agent: oneIn(2, `agent/${draw(9)}`) },
    end: oneIn(6, { at: 1_700_000_000_002, reason: "revoked" as const, note: oneIn(2, "lost\nit") }),
    sealedSecret: oneIn(9, Buffer.from([0, 255, 10, draw(256)])),
    note: oneIn(9, "a note"),
    selfRotate: draw(4) === 0,
    addresses: oneIn(9, ["192.0.2.0/24"]),
    addressTrial: oneIn(9, ["2001:db8::/32", "192.0.2.9"]),
    createdBy: oneIn(3, "root"),
    formerName: oneIn(9, "adah"),
    frozen: oneIn(9, { at: 5, by: "root", class: "owner" as const, reason: null, until: null }),
    idleFrom: oneIn(9, 1_700_000_000_003),
    touchedAt: oneIn(9, 1_700_000_000_004),
    touches: draw(9) === 0 ? draw(4) : 0,
    generation: 1 + draw(3),
    rotation: oneIn(9, {
      role: "successor" as const,
      group: "g",
      otherId: idOf(1),
      mode: "first_use" as const,
      at: 6,
      endsAt: null,
      deadline: 7,
      quietMs: null,
      onDeadline: "keep" as const,
      firstUsedAt: null,
      overdue: false,
    }),
    dismissedAt: oneIn(9, 8),
  };
}
