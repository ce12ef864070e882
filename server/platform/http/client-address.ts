import { addressKey, formatIp, type IpAddress, isLoopback, isWithin, type Network, parseIp } from "#platform/ip-address.ts";

/** Where a request comes from. */
export interface ClientAddress {
  ip: string;
  /** Under what it is counted and blocked: the address, of IPv6 its /64. */
  key: string;
  /** On this machine itself, and not over a proxy on it that was not declared. */
  insider: boolean;
  /** Never blocked by itself: an insider, or a proxy of ours. */
  spared: boolean;
}

/** What of a request tells where it came from. */
export interface Received {
  headers: Pick<Headers, "get" | "has">;
  /** The socket's other end. */
  remoteAddress: string | undefined;
}

const forwardingHeaders = ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via"];

/**
 * The client's address. `X-Forwarded-For` is believed only when the peer itself is a trusted proxy; then it is peeled from the right,
 * past trusted hops, to the first other one. Where a proxy of ours wrote no address, what stands before it is the client's own word, and
 * the proxy is who asks. Everything is compared as bits.
 */
export function getClientIp(received: Received, trustedProxies: readonly Network[]): string {
  return textOf(clientBytes(received, trustedProxies));
}

/** The address with all that follows from it. */
export function clientAddressOf(received: Received, trustedProxies: readonly Network[]): ClientAddress {
  const bytes = clientBytes(received, trustedProxies);
  const ip = textOf(bytes);
  if (!bytes) return { ip, key: ip, insider: false, spared: false };
  const insider = isLoopback(bytes) && !forwardingHeaders.some((name) => received.headers.has(name));
  return { ip, key: addressKey(bytes), insider, spared: insider || isAmong(trustedProxies, bytes) };
}

function clientBytes({ headers, remoteAddress }: Received, trustedProxies: readonly Network[]): IpAddress | undefined {
  let nearest = parseIp(remoteAddress ?? "");
  if (!nearest || !isAmong(trustedProxies, nearest)) return nearest;
  for (const hop of (headers.get("x-forwarded-for") ?? "").split(",").toReversed()) {
    if (hop.trim() === "") continue;
    const bytes = parseIp(withoutPort(hop.trim()));
    if (!bytes) break;
    nearest = bytes;
    if (!isAmong(trustedProxies, bytes)) break;
  }
  return nearest;
}

/** A socket that is gone already has no other end. */
const textOf = (bytes: IpAddress | undefined) => (bytes ? formatIp(bytes) : "unknown");
const isAmong = (networks: readonly Network[], address: IpAddress) => networks.some((network) => isWithin(network, address));

/** Some proxies tell the port as well: `192.0.2.1:443`, `[2001:db8::1]:443`. */
function withoutPort(hop: string): string {
  const [, bracketed, plain] = /^\[([^\]]*)\](?::\d+)?$|^([^:]*):\d+$/.exec(hop) ?? [];
  return bracketed ?? plain ?? hop;
}
