import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSessionCookies } from "./session.ts";

const [first, second, stranger] = [
  "first secret of at least 32 characters",
  "second secret of at least 32 characters",
  "a stranger's secret, 32 characters long",
];
const cookies = (secrets: readonly string[], production = false) => createSessionCookies({ secrets, production });
const valueOf = (setCookie: string) => setCookie.split(";")[0] ?? "";

test("a cookie that was issued is read back as the hash that was stored", () => {
  const { tokenHash, setCookie } = cookies([first]).issue(60);
  expect(cookies([first]).read(`theme=dark; ${valueOf(setCookie)}; other=1`)).toEqual(tokenHash);
});

test("the row holds only the token's hash, never what the cookie carries", () => {
  const { tokenHash, setCookie } = cookies([first]).issue(60);
  const token = valueOf(setCookie).split("=")[1]?.split(".")[0] ?? "";
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  expect(tokenHash).toEqual(createHash("sha256").update(token).digest());
});

test("no two tokens are alike", () => {
  const issuer = cookies([first]);
  expect(new Set(Array.from({ length: 200 }, () => issuer.issue(60).tokenHash.toString("hex"))).size).toBe(200);
});

test("the first secret signs, all verify: a secret can be changed without signing anyone out", () => {
  const before = cookies([first]).issue(60);
  const rotated = cookies([second, first]);
  expect(rotated.read(valueOf(before.setCookie))).toEqual(before.tokenHash);
  const after = rotated.issue(60);
  expect(cookies([second]).read(valueOf(after.setCookie))).toEqual(after.tokenHash);
  expect(cookies([second]).read(valueOf(before.setCookie))).toBeUndefined();
});

/** The same bytes in base64url: what is behind the last bit that counts is not looked at by those who decode it. */
const respelled = (signature: string) => {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return signature.slice(0, -1) + digits[digits.indexOf(signature.at(-1) ?? "") ^ 1];
};

describe("a forged cookie is refused", () => {
  const genuine = valueOf(cookies([first]).issue(60).setCookie);
  const [name = "", value = ""] = genuine.split("=");
  const [token = "", signature = ""] = value.split(".");
  test.each([
    ["none", null],
    ["empty", ""],
    ["of another name", genuine.replace("session", "sessions")],
    ["without a signature", `${name}=${token}`],
    ["with an empty signature", `${name}=${token}.`],
    ["with another token", `${name}=${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}.${signature}`],
    ["with another signature", `${name}=${token}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`],
    ["with a cut signature", `${name}=${token}.${signature.slice(0, -2)}`],
    ["with a longer signature", `${name}=${token}.${signature}AA`],
    ["signed by a stranger", valueOf(cookies([stranger]).issue(60).setCookie)],
    ["signed with no secret", valueOf(cookies([]).issue(60).setCookie)],
    ["of a nameless cookie", `=${value}`],
    ["with more behind its signature", `${genuine}!`],
    ["with its signature spelled otherwise", `${name}=${token}.${respelled(signature)}`],
    ["of a name that only looks the same, as another host below ours could set it", `\u00a0${genuine}`],
    ["of such a name, from its other end", `${name}\u00a0=${value}`],
    ["in other letters", genuine.replace("session", "Session")],
    ["beside another of its name: one of the two was planted", `${genuine}; ${valueOf(cookies([first]).issue(60).setCookie)}`],
    ["beside a forged one of its name", `${genuine}; ${name}=${token}.`],
  ])("%s", (_, header) => {
    expect(cookies([first]).read(header)).toBeUndefined();
  });
});

test("without any secret nothing verifies", () => {
  expect(cookies([]).read(valueOf(cookies([first]).issue(60).setCookie))).toBeUndefined();
});

test("the cookie is out of reach for scripts and other sites; in production also bound to this host over TLS", () => {
  expect(cookies([first]).issue(60).setCookie).toMatch(/^session=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=60$/);
  expect(cookies([first], true).issue(60).setCookie).toMatch(
    /^__Host-session=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/; Secure; Max-Age=60$/,
  );
  expect(cookies([first], true).clear()).toBe("__Host-session=; HttpOnly; SameSite=Strict; Path=/; Secure; Max-Age=0");
});

test("a cookie without the prefix is none in production", () => {
  expect(cookies([first], true).read(valueOf(cookies([first]).issue(60).setCookie))).toBeUndefined();
});
