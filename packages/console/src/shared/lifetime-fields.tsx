import { FormGroup } from "@patternfly/react-core";
import { useState } from "react";
import { Choice } from "./choice.tsx";
import { Field } from "./field.tsx";
import { date, durationWords } from "./time.tsx";

type End = "usual" | "30d" | "90d" | "1y" | "date" | "idle" | "never";

/** Leaves the lifetime to the settings of the hub. */
const USUAL: readonly (readonly [End, string])[] = [["usual", "As is usual for its kind"]];

const ENDS: readonly (readonly [End, string])[] = [
  ["30d", "In 30 days"],
  ["90d", "In 90 days"],
  ["1y", "In a year"],
  ["date", "On a day that I choose"],
  ["idle", "After a time without use"],
  ["never", "Never"],
];
const DAYS: Partial<Readonly<Record<End, number>>> = { "30d": 30, "90d": 90, "1y": 365 };
const DAY_MS = 86_400_000;
const IDLE_TIMES = ["7d", "30d", "90d"].map((each) => [each, durationWords(each)] as const);

/** When a new credential expires, as the API takes it and in words. */
export interface Lifetime {
  readonly complete: boolean;
  readonly body: { readonly expiresAt?: string; readonly idle?: string };
  readonly words: string;
  readonly fields: LifetimeState;
}

interface LifetimeState {
  readonly end: End;
  readonly day: string;
  readonly idle: string;
  readonly set: (change: Partial<Pick<LifetimeState, "end" | "day" | "idle">>) => void;
}

export function useLifetime(first: End): Lifetime {
  const [state, setState] = useState({ end: first, day: "", idle: "30d" });
  const { end, day, idle } = state;
  const expiresAt = endDate(end, day);
  return {
    complete: end !== "date" || expiresAt !== null,
    body: { ...(expiresAt === null ? {} : { expiresAt }), ...(end === "idle" ? { idle } : {}) },
    words:
      end === "idle"
        ? `until it was not used for ${durationWords(idle)}`
        : expiresAt === null
          ? end === "usual"
            ? "as long as is usual for its kind"
            : "until you revoke it"
          : `until ${date(expiresAt)}`,
    fields: { ...state, set: (change) => setState((before) => ({ ...before, ...change })) },
  };
}

function endDate(end: End, day: string): string | null {
  const days = DAYS[end];
  if (days !== undefined) {
    return new Date(Date.now() + days * DAY_MS).toISOString();
  }
  const chosen = end === "date" ? Date.parse(`${day}T23:59:59`) : Number.NaN;
  return Number.isFinite(chosen) ? new Date(chosen).toISOString() : null;
}

/** Asks when a new credential expires. */
export function LifetimeFields({
  lifetime,
  withUsual,
}: {
  readonly lifetime: Lifetime;
  /** Offers the usual lifetime in place of none. */
  readonly withUsual: boolean;
}) {
  const { end, day, idle, set } = lifetime.fields;
  return (
    <>
      <FormGroup label="Expires" fieldId="token-end">
        <Choice
          id="token-end"
          label="Expires"
          value={end}
          options={withUsual ? [...USUAL, ...ENDS.filter(([each]) => each !== "never")] : ENDS}
          onChange={(next) => set({ end: next })}
        />
      </FormGroup>
      {end === "date" ? (
        <Field
          id="token-day"
          name="expiresAt"
          label="Last day"
          type="date"
          required
          value={day}
          onChange={(next) => set({ day: next })}
        />
      ) : null}
      {end === "idle" ? (
        <FormGroup label="Time without use" fieldId="token-idle">
          <Choice
            id="token-idle"
            label="Time without use"
            value={idle}
            options={IDLE_TIMES}
            onChange={(next) => set({ idle: next })}
          />
        </FormGroup>
      ) : null}
    </>
  );
}
