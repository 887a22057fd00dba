import { isIP } from "node:net";

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const WITH_PORT = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/;

/**
 * The IP address in a text that a proxy wrote, or null if it is not an address (`unknown`, a name, anything a
 * client invented). The port that some proxies add is removed and a mapped IPv4 address is unmapped, since
 * both would turn one address into many.
 */
export function plainAddress(text: string): string | null {
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? [];
  const bare = bracketed ?? dotted ?? text;
  if (isIP(bare) === 0 || bare.includes("%")) {
    return null;
  }
  return MAPPED.exec(bare)?.[1] ?? bare.toLowerCase();
}
