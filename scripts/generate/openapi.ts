import { apiRoutes, apiDocument as documentOf } from "../../packages/server/src/dialects/mintmark/api.ts";
import type { Generated } from "./checked-in.ts";
import type { ApiDocument } from "./sdk-types.ts";

/** The description of our own API, as the server serves it. */
export function apiDocument(): ApiDocument {
  return JSON.parse(JSON.stringify(documentOf(apiRoutes("/api/galaxy")))) as ApiDocument;
}

/** The document with every reference to a component written out. */
export function withoutReferences(document: ApiDocument): ApiDocument {
  const { schemas } = document.components;
  const written = JSON.stringify(document.paths, (_name, value: unknown) =>
    typeof value === "object" && value !== null && "$ref" in value
      ? schemas[String(value.$ref).split("/").at(-1) ?? ""]
      : value,
  );
  return { ...document, paths: JSON.parse(written) as ApiDocument["paths"] };
}

export function generate(): Generated {
  return { "docs/reference/openapi.json": `${JSON.stringify(apiDocument(), null, 2)}\n` };
}
