import { API_VERSION, apiRoutes } from "../../packages/server/src/dialects/mintmark/index.ts";
import { describeApi } from "../../packages/server/src/dialects/mintmark/openapi.ts";
import type { Generated } from "./checked-in.ts";
import type { ApiDocument } from "./sdk-types.ts";

/** The description of our own API, as the server serves it. */
export function apiDocument(): ApiDocument {
  return JSON.parse(JSON.stringify(describeApi(apiRoutes("/api/galaxy"), API_VERSION))) as ApiDocument;
}

export function generate(): Generated {
  return { "docs/reference/openapi.json": `${JSON.stringify(apiDocument(), null, 2)}\n` };
}
