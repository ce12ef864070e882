import { describe, expect, test } from "vitest";
import { type Network, parseNetwork } from "#platform/ip-address.ts";
import { clientAddressOf, getClientIp } from "./client-address.ts";

const proxies = ["10.0.0.0/8", "fd00::/8"].map((text) => parseNetwork(text) as Network);
const from = (remoteAddress: string | undefined, headers: Record<string, string> = {}) => ({
  remoteAddress,
  headers: new Headers(headers),
});

describe("the client's address", () => {
  test.each([
    ["nobody's word counts but the socket's", "192.0.2.1", "203.0.113.9", "192.0.2.1"],
    ["a mapped address is the IPv4 one", "::ffff:192.0.2.1", undefined, "192.0.2.1"],
    ["a trusted proxy is believed", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["also one that comes over IPv6, mapped", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["also one of IPv6", "fd00::1", "2001:DB8::9", "2001:db8::9"],
    ["what the client put before is not", "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["trusted hops are passed", "10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.3, 10.0.0.2", "203.0.113.9"],
    ["also those that are spelled as IPv6", "10.0.0.1", "203.0.113.9, ::ffff:10.0.0.2", "203.0.113.9"],
    ["a hop that only looks trusted is none", "10.0.0.1", "203.0.113.9, 11.0.0.2", "11.0.0.2"],
    ["when all hops are ours, the farthest asked", "10.0.0.1", "10.0.0.7, 10.0.0.2", "10.0.0.7"],
    ["without the header the proxy asked itself", "10.0.0.1", undefined, "10.0.0.1"],
    ["garbage is nobody's address", "10.0.0.1", "<script>", "10.0.0.1"],
    ["garbage that the client put before its address as well", "10.0.0.1", "1.2.3, unknown, 203.0.113.9", "203.0.113.9"],
    ["nothing between two commas is no hop", "10.0.0.1", "198.51.100.1, 203.0.113.9, , ", "203.0.113.9"],
    ["what stands before a hop that tells no address is the client's own word", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
    ["also behind other hops of ours", "10.0.0.1", "203.0.113.9, unix:, 10.0.0.2", "10.0.0.2"],
    ["a port is no part of it", "10.0.0.1", "203.0.113.9:51234", "203.0.113.9"],
    ["nor of IPv6 in brackets", "10.0.0.1", "[2001:db8::9]:443", "2001:db8::9"],
    ["brackets without a port", "10.0.0.1", "[2001:db8::9]", "2001:db8::9"],
    ["a socket that is gone has none", undefined, "203.0.113.9", "unknown"],
  ])("%s", (_, remoteAddress, forwarded, ip) => {
    const received = from(remoteAddress, forwarded === undefined ? {} : { "x-forwarded-for": forwarded });
    expect(getClientIp(received, proxies)).toBe(ip);
  });

  test("several headers are one, in their order", () => {
    const received = from("10.0.0.1");
    received.headers.append("x-forwarded-for", "198.51.100.1");
    received.headers.append("x-forwarded-for", "203.0.113.9, 10.0.0.2");
    expect(getClientIp(received, proxies)).toBe("203.0.113.9");
  });

  test.each(["forwarded", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip"])("%s is never believed", (name) => {
    expect(getClientIp(from("10.0.0.1", { [name]: "203.0.113.9" }), proxies)).toBe("10.0.0.1");
  });

  test("without trusted proxies even a neighbour's word is nothing", () => {
    expect(getClientIp(from("10.0.0.1", { "x-forwarded-for": "203.0.113.9" }), [])).toBe("10.0.0.1");
  });
});

describe("who is on the machine itself", () => {
  test.each([
    ["127.0.0.1", {}, true],
    ["127.8.9.1", {}, true],
    ["::1", {}, true],
    ["::ffff:127.0.0.1", {}, true],
    ["192.0.2.1", {}, false],
    ["127.0.0.1", { "x-forwarded-for": "127.0.0.1" }, false],
    ["127.0.0.1", { forwarded: "for=127.0.0.1" }, false],
    ["127.0.0.1", { "x-real-ip": "127.0.0.1" }, false],
    ["10.0.0.1", { "x-forwarded-for": "127.0.0.1" }, false],
    ["10.0.0.1", { "x-forwarded-for": "::1" }, false],
  ])("%s with %j: %o", (remoteAddress, headers, insider) => {
    expect(clientAddressOf(from(remoteAddress, headers), proxies).insider).toBe(insider);
  });

  test("a proxy of ours is spared, a stranger behind it is not", () => {
    expect(clientAddressOf(from("10.0.0.1"), proxies)).toMatchObject({ insider: false, spared: true });
    expect(clientAddressOf(from("10.0.0.1", { "x-forwarded-for": "203.0.113.9" }), proxies)).toMatchObject({ spared: false });
    expect(clientAddressOf(from("127.0.0.1"), proxies)).toMatchObject({ spared: true });
    expect(clientAddressOf(from("127.0.0.1", { "x-forwarded-for": "203.0.113.9" }), proxies)).toMatchObject({
      ip: "127.0.0.1",
      spared: false,
    });
  });

  test("addresses of one /64 are counted as one", () => {
    const keys = ["2001:db8:7:7::1", "2001:db8:7:7:ffff::2"].map((address) => clientAddressOf(from(address), proxies).key);
    expect(new Set(keys)).toEqual(new Set(["2001:db8:7:7::/64"]));
  });
});
