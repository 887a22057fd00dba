import type { TSchema } from "typebox";
import { ANSWER_VALUES } from "./answer-values.ts";

interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

/**
 * Stands in an example where `ANSWER_VALUES` has no text for the field. A test refuses it.
 *
 * @internal exported for tests
 */
export const NO_EXAMPLE = "no example";
const A_TIME = "2026-11-27T09:30:00.000Z";

/**
 * An example of an operation's answer, built from its schema with the values of `ANSWER_VALUES`, so that it
 * never falls behind the schema.
 */
export function exampleAnswer(operationId: string, schema: TSchema): unknown {
  return exampleOf(schema as Shape, [operationId]);
}

function exampleOf(shape: Shape, path: readonly string[]): unknown {
  const known = keysFor(path).map((key) => ANSWER_VALUES[key]);
  const fitting = known.find((value) => value !== undefined && fits(shape, value));
  if (fitting !== undefined) {
    return fitting;
  }
  if (shape.const !== undefined) {
    return shape.const;
  }
  if (shape.enum) {
    return shape.enum[0];
  }
  if (shape.anyOf) {
    return exampleOf(shape.anyOf[0] ?? {}, path);
  }
  switch (shape.type) {
    case "object":
      return objectOf(shape, path);
    case "array":
      return [exampleOf(shape.items ?? {}, path)];
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return shape.format === "date-time" ? A_TIME : NO_EXAMPLE;
  }
}

function objectOf({ properties = {}, required = [] }: Shape, path: readonly string[]): unknown {
  const fields = Object.entries(properties).filter(
    ([name]) => required.includes(name) || !isLeftOut([...path, name]),
  );
  return Object.fromEntries(fields.map(([name, shape]) => [name, exampleOf(shape, [...path, name])]));
}

/** The keys of `ANSWER_VALUES` that fit the path's end, the longest first. */
function keysFor(path: readonly string[]): readonly string[] {
  return path.map((_name, at) => path.slice(at).join(".")).filter((key) => key in ANSWER_VALUES);
}

function isLeftOut(path: readonly string[]): boolean {
  const [key] = keysFor(path);
  return key !== undefined && ANSWER_VALUES[key] === undefined;
}

/** A value is written for a field name; the same name may be of another type elsewhere. */
function fits(shape: Shape, value: unknown): boolean {
  if (shape.anyOf) {
    return shape.anyOf.some((one) => fits(one, value));
  }
  if (shape.const !== undefined) {
    return shape.const === value;
  }
  if (shape.enum) {
    return shape.enum.includes(value);
  }
  switch (shape.type) {
    case "array":
      return Array.isArray(value) && value.every((one) => fits(shape.items ?? {}, one));
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === shape.type;
  }
}
