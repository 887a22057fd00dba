import { isIP } from "node:net";

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const WITH_PORT = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/;

/**
 * The IP address in a text that a proxy wrote, or null if it is none: `unknown`, a name, anything a client
 * made up. Some proxies add the port, and IPv6 has a second spelling for IPv4; both would make many addresses
 * of one.
 */
export function plainAddress(text: string): string | null {
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? [];
  const bare = bracketed ?? dotted ?? text;
  if (isIP(bare) === 0 || bare.includes("%")) {
    return null;
  }
  return MAPPED.exec(bare)?.[1] ?? bare.toLowerCase();
}
