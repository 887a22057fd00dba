import { apiRoutes, apiDocument as documentOf } from "../../packages/server/src/dialects/mintmark/api.ts";
import type { Generated } from "./checked-in.ts";
import type { ApiDocument } from "./sdk-types.ts";

/** The description of our own API, as the server serves it. */
export function apiDocument(): ApiDocument {
  return JSON.parse(JSON.stringify(documentOf(apiRoutes("/api/galaxy")))) as ApiDocument;
}

export function generate(): Generated {
  return { "docs/reference/openapi.json": `${JSON.stringify(apiDocument(), null, 2)}\n` };
}
