/** The part of OpenAPI 3.1 that the page shows. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly format?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface ApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly info: { readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The same document with every reference to a component written out. */
export function withoutReferences(document: ApiDocument): ApiDocument {
  const { schemas } = document.components;
  const paths = JSON.stringify(document.paths, (_name, value: unknown) =>
    typeof value === "object" && value !== null && "$ref" in value
      ? schemas[String(value.$ref).split("/").at(-1) ?? ""]
      : value,
  );
  return { ...document, paths: JSON.parse(paths) as ApiDocument["paths"] };
}

/** The operations by their tag, in the order of the document. */
export function byTag(document: ApiDocument): ReadonlyMap<string, readonly Endpoint[]> {
  const tags = new Map<string, Endpoint[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0] ?? "other";
      tags.set(tag, [...(tags.get(tag) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  }
  return tags;
}

export function jsonSchema(of: Content | undefined): Schema | undefined {
  return of?.content?.["application/json"]?.schema;
}

/** The example of a body, as text; undefined if it has none. */
export function jsonExample(of: Content | undefined): string | undefined {
  const example = of?.content?.["application/json"]?.example;
  return example === undefined ? undefined : JSON.stringify(example, null, 2);
}

/** A schema as an example-like outline: names, types, and a mark at what may be left out. */
export function outline(schema: Schema, indent = ""): string {
  if (schema.anyOf) {
    return schema.anyOf.map((one) => outline(one, indent)).join(" | ");
  }
  if (schema.enum) {
    return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  }
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  if (schema.type === "array") {
    return `[${outline(schema.items ?? {}, indent)}]`;
  }
  if (schema.type === "object" && schema.properties) {
    const inner = `${indent}  `;
    const lines = Object.entries(schema.properties).map(([name, property]) => {
      const optional = schema.required?.includes(name) ? "" : "?";
      return `${inner}${name}${optional}: ${outline(property, inner)}`;
    });
    return `{\n${lines.join("\n")}\n${indent}}`;
  }
  return schema.format ?? schema.type ?? "anything";
}
