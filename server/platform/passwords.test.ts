import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashPassword, verifyPassword } from "./passwords.ts";

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

test("beyond 2 at work and 50 waiting the answer is 503, and nothing is lost", async () => {
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => hashPassword("Correct-Horse-7", randomBytes(16))));
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(8);
  for (const { reason } of refused) expect(reason).toMatchObject({ statusCode: 503, code: "SIGN_IN_BUSY" });
  expect(await hashPassword("Correct-Horse-7", randomBytes(16))).toContain("$argon2id$");
}, 30_000);
