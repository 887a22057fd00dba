import type { GetEndpointsAnswer } from "@mintmark/sdk";
import type { UseQueryResult } from "@tanstack/react-query";
import { hub, useHub } from "./hub.ts";

/** Addresses and lifetimes that snippets and sentences are made of. */
export function useEndpoints(): UseQueryResult<GetEndpointsAnswer> {
  return useHub(["endpoints"], (signal) => hub.getEndpoints({ signal }));
}
