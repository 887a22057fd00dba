import type { ServerResponse } from "node:http";
import type { Refusal } from "./admit.ts";

/** Answers a request that may not pass. */
export function answer(response: ServerResponse, { status, headers, body }: Refusal): void {
  response.writeHead(status, headers);
  response.end(body);
}
