import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKey, formatIp, type IpAddress, isWithin, type Network, parseIp, parseNetwork } from "./ip-address.ts";

const parsed = (text: string) => parseIp(text) as IpAddress;
const network = (text: string) => parseNetwork(text) as Network;

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
  ["0000:0000:0000:0000:0000:ffff:c000:0201", "192.0.2.1"],
  ["2001:DB8::1", "2001:db8::1"],
  ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1"],
  ["fe80::1%eth0", "fe80::1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["::1.2.3.4", "::102:304"],
])("%s is %s", (spelling, canonical) => {
  expect(formatIp(parsed(spelling))).toBe(canonical);
});

test.each([
  "",
  "unknown",
  "1.2.3",
  "1.2.3.4.5",
  "01.2.3.4",
  "256.0.0.1",
  "1.2.3.4/8",
  "0x7f000001",
  "2130706433",
  ":::",
  "1::2::3",
  "g::",
  "1.2.3.4 ",
])("%o is no address", (text) => {
  expect(parseIp(text)).toBeUndefined();
});

test("reading what was written gives the same address, whichever it is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(parsed(formatIp(bytes))).toEqual(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      expect(parsed(formatIp(parsed(text)))).toEqual(parsed(text));
    }),
  );
});

describe("a network", () => {
  test.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["::ffff:10.0.0.0/104", "10.1.2.3", true],
    ["10.1.2.3/8", "10.9.9.9", true],
    ["192.0.2.128/25", "192.0.2.200", true],
    ["192.0.2.128/25", "192.0.2.127", false],
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["fd00::/8", "fdff::1", true],
    ["fd00::/8", "fe00::1", false],
    ["::1", "127.0.0.1", false],
    ["2001:db8::/63", "2001:db8:0:1::9", true],
    ["2001:db8::/63", "2001:db8:0:2::9", false],
  ])("%s holds %s: %o", (cidr, address, held) => {
    expect(isWithin(network(cidr), parsed(address))).toBe(held);
  });
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
  ["2001:db8:1:3::", "2001:db8:1:3::/64"],
])("%s is counted as %s", (address, key) => {
  expect(addressKey(parsed(address))).toBe(key);
});
