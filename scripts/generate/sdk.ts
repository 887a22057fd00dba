import type { Generated } from "./checked-in.ts";
import { apiDocument, withoutReferences } from "./openapi.ts";
import { writeSdkTypes } from "./sdk-types.ts";

export function generate(): Generated {
  return { "packages/sdk/src/api.generated.ts": writeSdkTypes(withoutReferences(apiDocument())) };
}
