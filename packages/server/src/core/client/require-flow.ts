import { HubError } from "../errors.ts";
import type { Client, ClientFlow } from "./client.ts";

/** Throws `unauthorized_client` (RFC 6749 §5.2) if the client was registered for other flows. */
export function requireFlow(client: Client, flow: ClientFlow): void {
  if (client.flows !== null && !client.flows.includes(flow)) {
    throw new HubError("unauthorized_client", {
      explanation: `This client is not registered for ${flow}.`,
    });
  }
}
