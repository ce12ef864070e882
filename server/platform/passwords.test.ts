import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { inHashingQueue } from "./hashing-queue.ts";
import { hashPassword, standingOf, verifyPassword } from "./passwords.ts";

describe("a password's hash", () => {
  test("with the salt of another is equal for an equal password, and both are checked at once", async () => {
    const salt = randomBytes(16);
    const first = await hashPassword("Correct-Horse-7", salt);
    const [same, other] = [await hashPassword("Correct-Horse-7", salt), await hashPassword("Another-Horse-8", salt)];
    expect(same).toBe(first);
    expect(other.split("$")[4]).toBe(first.split("$")[4]);
    const elsewhere = await hashPassword("Another-Horse-8", randomBytes(16));
    expect(await verifyPassword("Another-Horse-8", [first, other, elsewhere])).toEqual([false, true, true]);
  });

  test("is argon2id with 19 MiB, 2 passes and 1 lane, in PHC format, and another one with another salt", async () => {
    const [one, other] = await Promise.all([1, 2].map(() => hashPassword("Correct-Horse-7", randomBytes(16))));
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(other).not.toBe(one);
  });

  test("verifies its password and no other", async () => {
    const hash = await hashPassword("Correct-Horse-7", randomBytes(16));
    expect(await verifyPassword("Correct-Horse-7", [hash])).toEqual([true]);
    expect(await verifyPassword("correct-horse-7", [hash])).toEqual([false]);
    expect(await verifyPassword("Correct-Horse-7 ", [hash])).toEqual([false]);
    expect(await verifyPassword("", [hash])).toEqual([false]);
  });

  test("is of all of a long password, and of its letters however they are composed", async () => {
    const long = "x".repeat(127);
    const hash = await hashPassword(`${long}é`, randomBytes(16));
    expect(await verifyPassword(`${long}e\u0301`, [hash])).toEqual([true]);
    expect(await verifyPassword(`${long}e`, [hash])).toEqual([false]);
  });

  test("made by another program verifies", async () => {
    // From the reference implementation: argon2 "somesalt" -id -t 2 -m 16 -p 1, password "password".
    const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    expect(await verifyPassword("password", [reference])).toEqual([true]);
    expect(await verifyPassword("Password", [reference])).toEqual([false]);
  });

  test("that nobody has verifies nothing, with the same work", async () => {
    expect(await verifyPassword("Correct-Horse-7", [])).toEqual([]);
  });

  test("of an unknown form is our own mistake, not a wrong password", async () => {
    await expect(verifyPassword("x", ["plain"])).rejects.toThrow("unknown form");
  });
});

describe("a bcrypt hash of someone who came from elsewhere", () => {
  // From the OpenBSD test vectors: "U*U" with cost 5, and its spellings by other programs.
  const known = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

  test.each([known, known.replace("$2a", "$2b"), known.replace("$2a", "$2y")])("made by another program verifies: %s", async (hash) => {
    expect(await verifyPassword("U*U", [hash])).toEqual([true]);
    expect(await verifyPassword("U*V", [hash])).toEqual([false]);
  });

  test.each([12, 13])("of cost %i verifies, and is to be hashed anew", async (cost) => {
    const hash = await bcrypt("Correct-Horse-7", cost);
    expect(await verifyPassword("Correct-Horse-7", [hash])).toEqual([true]);
    expect(await verifyPassword("correct-horse-7", [hash])).toEqual([false]);
    expect(standingOf(hash)).toBe("outdated");
  });

  test("stands beside argon2id of other companies, each with its own password", async () => {
    const hashes = [await bcrypt("Correct-Horse-7", 4), await hashPassword("Another-Horse-8", randomBytes(16))];
    expect(await verifyPassword("Correct-Horse-7", hashes)).toEqual([true, false]);
    expect(await verifyPassword("Another-Horse-8", hashes)).toEqual([false, true]);
  });

  test("leaves the main thread free", async () => {
    const hash = await bcrypt("Correct-Horse-7", 12);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await verifyPassword("Correct-Horse-7", [hash, hash]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});

describe("how a hash stands", () => {
  const argon2id = (parameters: string) => `$argon2id$v=19$${parameters}$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc`;
  const bcryptOf = (cost: string) => `$2b$${cost}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW`;
  test.each([
    [argon2id("m=19456,t=2,p=1"), "current"],
    [argon2id("m=65536,t=3,p=4"), "current"],
    [argon2id("m=19455,t=2,p=1"), "outdated"],
    [argon2id("m=19456,t=1,p=1"), "outdated"],
    [bcryptOf("15"), "outdated"],
    [bcryptOf("12"), "outdated"],
    [bcryptOf("11"), "weak"],
    [bcryptOf("04"), "weak"],
  ])("%s: %s", (hash, standing) => {
    expect(standingOf(hash)).toBe(standing);
  });

  test.each([
    "",
    "plain",
    bcryptOf("16"),
    bcryptOf("03"),
    bcryptOf("99"),
    bcryptOf("12").slice(0, -1),
    `${bcryptOf("12")}x`,
    bcryptOf("12").replace("2b", "2x"),
    argon2id("m=19456,t=2"),
    argon2id("m=19456,t=2,p=1").replace("argon2id", "argon2i"),
    argon2id("m=99999999,t=2,p=1"),
    argon2id("m=19456,t=2,p=1").replace("c29tZXNhbHQ", ""),
    "$2b$12$",
    "$argon2id$v=19$",
  ])("is not told of what is none: %j", async (hash) => {
    expect(() => standingOf(hash)).toThrow("unknown form");
    await expect(verifyPassword("x", [hash])).rejects.toThrow("unknown form");
  });
});

test("beyond 2 at work and 50 waiting the answer is 503, and nothing is lost", async () => {
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => hashPassword("Correct-Horse-7", randomBytes(16))));
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(8);
  for (const { reason } of refused) expect(reason).toMatchObject({ statusCode: 503, code: "SIGN_IN_BUSY" });
  expect(await hashPassword("Correct-Horse-7", randomBytes(16))).toContain("$argon2id$");
}, 30_000);

test("a place is given back by work that fails, too", async () => {
  const failing = Array.from({ length: 6 }, () => inHashingQueue(() => Promise.reject(new Error("no hash"))));
  for (const result of await Promise.allSettled(failing))
    expect(result).toMatchObject({ status: "rejected", reason: { message: "no hash" } });
  expect(await inHashingQueue(() => Promise.resolve("the next one's turn"))).toBe("the next one's turn");
});
