import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import proxyAddr from "@fastify/proxy-addr";
import { plainAddress } from "./plain-address.ts";

/** The parts of a request that tell where it came from. */
type Sent = Pick<IncomingMessage, "headers" | "socket">;

/**
 * The facts of a request beyond its connection. An address that is not on the list is a client, whatever
 * headers it sends.
 */
export interface Forwarding {
  /** The address that a request came from, as far as the proxies on its way are trusted. */
  addressOf(request: Sent): string | null;
  /**
   * The same address where it opens something, or null in doubt: a header tells of another client, but
   * nobody who is trusted sent it, or what a trusted proxy sent names no address.
   */
  provenAddressOf(request: Sent): string | null;
  /**
   * Method and URI of the request that a proxy asks about, where a trusted one tells: `X-Original-Method` and
   * `X-Original-URI` (as nginx' guides name them), `X-Forwarded-Method` and `X-Forwarded-Uri` (Caddy,
   * Traefik).
   */
  originalOf(request: Sent): string | null;
}

/** Reads what proxies tell of a request, if they stand in one of these networks (CIDR). */
export function readForwarding(trusted: readonly string[]): Forwarding {
  if (trusted.length === 0) {
    const addressOf = ({ socket }: Sent) => peerOf(socket);
    return {
      addressOf,
      provenAddressOf: (request) => (tellsOfAnother(request) ? null : addressOf(request)),
      originalOf: () => null,
    };
  }
  const trusts = proxyAddr.compile([...trusted]);
  return {
    addressOf: (request) => addressBehind(request, trusts).address,
    provenAddressOf: (request) => {
      const { address, isCertain } = addressBehind(request, trusts);
      return isCertain ? address : null;
    },
    originalOf: (request) => {
      const { socket, headers } = request;
      if (!trusts(socket.remoteAddress ?? "", 0)) {
        return null;
      }
      const method = headerOf(headers["x-original-method"] ?? headers["x-forwarded-method"]);
      const uri = headerOf(headers["x-original-uri"] ?? headers["x-forwarded-uri"]);
      return uri === "" ? null : `${method} ${uri}`.trim();
    },
  };
}

/** The address of a connection does not change, so it is read once. */
const peers = new WeakMap<Socket, string>();

function peerOf(socket: Socket): string | null {
  const known = peers.get(socket);
  if (known !== undefined) {
    return known;
  }
  const address = plainAddress(socket.remoteAddress ?? "");
  if (address !== null) {
    peers.set(socket, address);
  }
  return address;
}

/**
 * Goes back from proxy to proxy as long as they are trusted. A proxy that tells of something else than an
 * address is as far as it goes.
 */
function addressBehind(
  { socket, headers }: Sent,
  trusts: (address: string, hop: number) => boolean,
): { readonly address: string | null; readonly isCertain: boolean } {
  let address = peerOf(socket);
  const told = headers["x-forwarded-for"];
  if (told === undefined) {
    return { address, isCertain: headers.forwarded === undefined };
  }
  const hops = (typeof told === "string" ? told : told.join(",")).split(",").reverse();
  for (const [hop, text] of hops.entries()) {
    if (address === null || !trusts(address, hop)) {
      // The peer itself is not a trusted proxy, so nobody knows for whom it speaks.
      return { address, isCertain: hop > 0 };
    }
    const next = plainAddress(text.trim());
    if (next === null) {
      return { address, isCertain: false };
    }
    address = next;
  }
  return { address, isCertain: true };
}

function tellsOfAnother({ headers }: Sent): boolean {
  return headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined;
}

function headerOf(value: string | readonly string[] | undefined): string {
  return (typeof value === "string" ? value : (value?.[0] ?? "")).replace(/[^\x21-\x7e]/g, "");
}
