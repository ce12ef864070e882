import { isIPv4, isIPv6 } from "node:net";

/** An address as its 16 bytes. An IPv4 address is its IPv4-mapped form, so that `::ffff:1.2.3.4` is 1.2.3.4. */
export type IpAddress = Uint8Array;

/** All addresses that share their first `prefix` bits, of 128. */
export interface Network {
  bytes: IpAddress;
  prefix: number;
}

/** Any spelling of an IPv4 or IPv6 address, a zone (`%eth0`) left out; undefined for what is none. */
export function parseIp(text: string): IpAddress | undefined {
  if (isIPv4(text)) return mapped(text);
  if (!isIPv6(text)) return undefined;
  const [withoutZone = ""] = text.split("%");
  const [head = "", tail] = withoutZone.split("::");
  const [first, last] = [bytesOf(head), bytesOf(tail ?? "")];
  const bytes = new Uint8Array(16);
  bytes.set(first);
  bytes.set(last, 16 - last.length);
  return bytes;
}

/** One spelling for each address: IPv4 in decimals, IPv6 as in RFC 5952. */
export function formatIp(bytes: IpAddress): string {
  if (isMapped(bytes)) return bytes.subarray(12).join(".");
  const groups = Array.from({ length: 8 }, (_, group) => ((bytes[2 * group] ?? 0) * 256 + (bytes[2 * group + 1] ?? 0)).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** `10.0.0.0/8`, `fd00::/8`, or one address; undefined for what is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [address = "", length, ...more] = text.split("/");
  const bytes = parseIp(address);
  if (!bytes || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const bits = isIPv4(address) ? 32 : 128;
  const own = length === undefined ? bits : Number(length);
  return own <= bits ? { bytes, prefix: 128 - bits + own } : undefined;
}

export function isWithin({ bytes, prefix }: Network, address: IpAddress): boolean {
  const whole = prefix >> 3;
  for (let index = 0; index < whole; index++) if (bytes[index] !== address[index]) return false;
  const rest = prefix & 7;
  return rest === 0 || (bytes[whole] ?? 0) >> (8 - rest) === (address[whole] ?? 0) >> (8 - rest);
}

/** Too many to be anyone's own proxies: more than a /8 of IPv4, also within a network of IPv6, or than all unique local addresses (fc00::/7). */
export const isHuge = (network: Network): boolean => {
  const holdsIpv4 = isMapped(network.bytes) || isWithin(network, mapped("0.0.0.0"));
  return network.prefix < (holdsIpv4 ? 96 + 8 : 7);
};

/** Who is counted and blocked: an IPv4 address, or the /64 of an IPv6 one, since that is what one customer has at the least. */
export function addressKey(bytes: IpAddress): string {
  if (isMapped(bytes)) return formatIp(bytes);
  const network = new Uint8Array(16);
  network.set(bytes.subarray(0, 8));
  return `${formatIp(network)}/64`;
}

export const isLoopback = (bytes: IpAddress): boolean => loopbacks.some((network) => isWithin(network, bytes));

const isMapped = (bytes: IpAddress) => bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);

function mapped(text: string): IpAddress {
  const bytes = new Uint8Array(16).fill(0xff, 10, 12);
  bytes.set(text.split(".").map(Number), 12);
  return bytes;
}

function bytesOf(groups: string): number[] {
  if (groups === "") return [];
  return groups.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const loopbacks = ["127.0.0.0/8", "::1"].map((text) => parseNetwork(text) as Network);
