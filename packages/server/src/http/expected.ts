import type { TSchema } from "typebox";

/** The parts of JSON Schema that our schemas use. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
}

/**
 * What a schema allows at a path, as a noun phrase for an error: `one of admin, auditor, member`, `a list of
 * at most 50`, `a whole number from 1 to 90`.
 */
export function expectedAt(schema: TSchema, path: readonly string[]): string {
  return describe(nodeAt(schema as Node, path));
}

function nodeAt(root: Node, path: readonly string[]): Node {
  return path.reduce((node, step) => {
    const variants = node.anyOf ?? [node];
    for (const variant of variants) {
      const next = variant.properties?.[step] ?? (/^\d+$/.test(step) ? variant.items : undefined);
      if (next !== undefined) {
        return next;
      }
    }
    return {};
  }, root);
}

function describe(node: Node): string {
  if (node.anyOf !== undefined) {
    const { description } = node;
    const variants = node.anyOf.map((one) =>
      describe(description === undefined ? one : { description, ...one }),
    );
    return [...new Set(variants)].join(" or ");
  }
  if (node.type === "null") {
    return "null";
  }
  if (node.enum !== undefined) {
    return `one of ${node.enum.join(", ")}`;
  }
  if (node.const !== undefined) {
    return JSON.stringify(node.const);
  }
  const shape = shapeOf(node);
  return node.description === undefined || node.format !== undefined
    ? shape
    : `${shape} (${node.description})`;
}

function shapeOf(node: Node): string {
  switch (node.type) {
    case "string":
      return node.format === "date-time"
        ? "a time in RFC 3339, such as 2026-01-31T12:00:00Z"
        : `a text${range(node.minLength, node.maxLength, " of ", " characters")}`;
    case "integer":
      return `a whole number${range(node.minimum, node.maximum, " ", "")}`;
    case "number":
      return `a number${range(node.minimum, node.maximum, " ", "")}`;
    case "boolean":
      return "true or false";
    case "array":
      return `a list${range(node.minItems, node.maxItems, " of ", "")}`;
    default:
      return "an object";
  }
}

function range(from: number | undefined, to: number | undefined, before: string, after: string): string {
  if (from !== undefined && to !== undefined) {
    return `${before}${from} to ${to}${after}`;
  }
  if (to !== undefined) {
    return `${before}at most ${to}${after}`;
  }
  return from === undefined || from === 0 ? "" : `${before}at least ${from}${after}`;
}
