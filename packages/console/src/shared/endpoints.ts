import type { GetEndpointsAnswer } from "@mintmark/sdk";
import type { UseQueryResult } from "@tanstack/react-query";
import { hub, useHub } from "./hub.ts";

/** Addresses and lifetimes for snippets and sentences. */
export function useEndpoints(): UseQueryResult<GetEndpointsAnswer> {
  return useHub(["endpoints"], (signal) => hub.getEndpoints({ signal }));
}
