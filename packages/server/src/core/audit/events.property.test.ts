import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findBreak } from "../../testing/audit-chain.ts";
import { type AuditEntry, type AuditEvent, chainEvent, GENESIS_HASH } from "./events.ts";

const GENESIS = { seq: 0, hash: GENESIS_HASH };
const label = fc.option(fc.string({ maxLength: 8 }));
const entry: fc.Arbitrary<AuditEntry> = fc.record({
  action: fc.constantFrom("credential.issue", "session.refuse", "account.create"),
  actor: fc.record({ id: label, name: fc.string({ maxLength: 8 }), address: label, agent: label }),
  owner: fc.option(fc.record({ id: fc.string(), username: fc.string() })),
  credentialId: label,
  details: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 })),
});
const chain = fc.array(entry, { minLength: 1, maxLength: 8 }).map((entries) => {
  const events: AuditEvent[] = [];
  for (const [at, one] of entries.entries()) {
    events.push(chainEvent(events[events.length - 1] ?? GENESIS, one, at));
  }
  return events;
});
const inChain = chain.chain((events) =>
  fc.record({ events: fc.constant(events), at: fc.nat(events.length - 1) }),
);

describe("the chain of audit events", () => {
  test("is unbroken as it was made, and as a database gives it back, whatever the details", () => {
    fc.assert(
      fc.property(chain, (events) => {
        expect(findBreak(GENESIS, events)).toBeNull();
        // jsonb keeps neither the order of keys nor the spelling of numbers.
        const reread = events.map((event) => ({
          ...event,
          details: reversed(event.details) as AuditEvent["details"],
        }));
        expect(findBreak(GENESIS, reread)).toBeNull();
      }),
    );
  });

  test("is broken by any change of any field, at that event", () => {
    const changes: readonly ((event: AuditEvent) => AuditEvent)[] = [
      (event) => ({ ...event, at: event.at + 1 }),
      (event) => ({ ...event, action: `${event.action}x` }),
      (event) => ({ ...event, actorId: `${event.actorId}x` }),
      (event) => ({ ...event, actor: `${event.actor}x` }),
      (event) => ({ ...event, ownerId: `${event.ownerId}x` }),
      (event) => ({ ...event, owner: `${event.owner}x` }),
      (event) => ({ ...event, credentialId: `${event.credentialId}x` }),
      (event) => ({ ...event, details: { ...event.details, "added afterwards": null } }),
      (event) => ({ ...event, address: `${event.address}x` }),
      (event) => ({ ...event, agent: `${event.agent}x` }),
      (event) => ({ ...event, hash: "0".repeat(64) }),
    ];
    fc.assert(
      fc.property(inChain, fc.constantFrom(...changes), ({ events, at }, change) => {
        const forged = events.map((event, index) => (index === at ? change(event) : event));
        expect(findBreak(GENESIS, forged)).toBe(at + 1);
      }),
    );
  });

  test("is broken where an event was taken out, put twice, or exchanged with its neighbour", () => {
    fc.assert(
      fc.property(inChain, ({ events, at }) => {
        const twice = [...events.slice(0, at + 1), ...events.slice(at)];
        expect(findBreak(GENESIS, twice)).toBe(at + 2);
        if (at < events.length - 1) {
          expect(findBreak(GENESIS, [...events.slice(0, at), ...events.slice(at + 1)])).toBe(at + 1);
          const [one, other] = events.slice(at, at + 2) as [AuditEvent, AuditEvent];
          const exchanged = [...events.slice(0, at), other, one, ...events.slice(at + 2)];
          expect(findBreak(GENESIS, exchanged)).toBe(at + 1);
        }
      }),
    );
  });

  test("can be checked from the middle, with the head that was reached", () => {
    fc.assert(
      fc.property(inChain, ({ events, at }) => {
        const head = at === 0 ? GENESIS : (events[at - 1] as AuditEvent);
        expect(findBreak(head, events.slice(at))).toBeNull();
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(reversed);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, reversed(item)]),
    );
  }
  return value;
}
