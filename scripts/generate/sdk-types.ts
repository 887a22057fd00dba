/**
 * As much of JSON Schema as our own API uses. What is beyond it fails loudly rather than becoming `unknown`.
 */
interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean" | "null";
  readonly const?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly description?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query" | "header";
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content & { readonly required: boolean };
  readonly responses: Readonly<Record<string, Content>>;
}

export interface ApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const HEADER = `// Made by \`npm run generate\` from docs/reference/openapi.json. Changes made here are lost.
import type { CallOptions, OperationCall } from "./call.ts";
`;

/** TypeScript types of every body and answer, and a class with one method for each operation. */
export function writeSdkTypes(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const types = operations.flatMap(({ operation }) => bodyAndAnswer(operation));
  const methods = operations.map(({ path, method, operation }) => writeMethod(path, method, operation));
  return `${HEADER}
${types.join("\n")}
/** One method for each operation of the API. How a call travels is its subclass's business. */
export abstract class ApiOperations {
  protected abstract call<Answer>(call: OperationCall, options: CallOptions): Promise<Answer>;
${methods.join("")}}
`;
}

function bodyAndAnswer(operation: Operation): string[] {
  const body = jsonSchema(operation.requestBody);
  const answer = answerOf(operation);
  return [
    ...(body ? [`export type ${typeName(operation)}Body = ${writeType(body)};\n`] : []),
    ...(answer ? [`export type ${typeName(operation)}Answer = ${writeType(answer)};\n`] : []),
  ];
}

function writeMethod(path: string, method: string, operation: Operation): string {
  const { operationId, summary, parameters, requestBody } = operation;
  const names = (place: "path" | "query") => parameters.filter((one) => one.in === place);
  const answer = answerType(operation);
  const query = names("query").map(
    ({ name, description, schema }) =>
      `\n      /** ${description ?? name} */\n      readonly ${name}?: ${writeQueryType(schema)} | undefined;`,
  );
  const input = [
    ...names("path").map(({ name }) => `${name}: string`),
    ...(requestBody ? [`body: ${typeName(operation)}Body${requestBody.required ? "" : " = {}"}`] : []),
    ...(query.length > 0 ? [`query: {${query.join("")}\n    } = {}`] : []),
    "options: CallOptions = {}",
  ];
  const url = `\`${path.replace(/\{(\w+)\}/g, (_whole, name: string) => `\${encodeURIComponent(${name})}`)}\``;
  const parts = [
    `method: "${method}"`,
    `path: ${url}`,
    ...(requestBody ? ["body"] : []),
    ...(query.length > 0 ? ["query"] : []),
  ];
  return `
  /** ${summary}. */
  ${operationId}(
    ${input.join(",\n    ")},
  ): Promise<${answer}> {
    return this.call({ ${parts.join(", ")} }, options);
  }
`;
}

function typeName({ operationId }: Operation): string {
  return operationId.charAt(0).toUpperCase() + operationId.slice(1);
}

/** The result of the method; includes `undefined` if only some calls are answered with a body. */
function answerType(operation: Operation): string {
  const answers = successesOf(operation).map(jsonSchema);
  if (answers.every((answer) => answer === undefined)) {
    return "void";
  }
  return `${typeName(operation)}Answer${answers.includes(undefined) ? " | undefined" : ""}`;
}

function answerOf(operation: Operation): Schema | undefined {
  return successesOf(operation)
    .map(jsonSchema)
    .find((answer) => answer !== undefined);
}

function successesOf({ responses }: Operation): readonly Content[] {
  return Object.entries(responses).flatMap(([status, content]) => (status.startsWith("2") ? [content] : []));
}

function jsonSchema(of: Content | undefined): Schema | undefined {
  return of?.content?.["application/json"]?.schema;
}

/** A number in a query is text like everything there, and may be given as such. */
function writeQueryType(schema: Schema): string {
  if (schema.enum) {
    // A filter that a person chose is text until the server has judged it.
    return "string";
  }
  return schema.type === "integer" ? `number | \`\${number}\`` : writeType(schema);
}

export function writeType(schema: Schema, indent = ""): string {
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  if (schema.enum) {
    return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  }
  if (schema.anyOf) {
    return schema.anyOf.map((one) => writeType(one, indent)).join(" | ");
  }
  switch (schema.type) {
    case "object":
      return writeObject(schema, indent);
    case "array":
      return writeArray(schema, indent);
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case undefined:
      if (Object.keys(schema).length === 0) {
        return "unknown";
      }
  }
  throw new Error(`no TypeScript for the schema ${JSON.stringify(schema)}`);
}

function writeArray(schema: Schema, indent: string): string {
  const item = writeType(schema.items ?? {}, indent);
  return /^\w+$/.test(item) ? `readonly ${item}[]` : `readonly (${item})[]`;
}

function writeObject(schema: Schema, indent: string): string {
  if (!schema.properties) {
    const [values = {}] = Object.values(schema.patternProperties ?? {});
    return `Readonly<Record<string, ${writeType(values, indent)}>>`;
  }
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const optional = schema.required?.includes(name) ? "" : "?";
    const undefinedToo = optional ? " | undefined" : "";
    const description = property.description ?? property.anyOf?.find((one) => one.description)?.description;
    const comment = description ? `${inner}/** ${description} */\n` : "";
    return `${comment}${inner}readonly ${name}${optional}: ${writeType(property, inner)}${undefinedToo};`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}
