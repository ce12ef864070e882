import { argon2, timingSafeEqual } from "node:crypto";
import { verify as verifyBcrypt } from "@node-rs/bcrypt";
import { inHashingQueue } from "./hashing-queue.ts";

interface Strength {
  memory: number;
  passes: number;
  parallelism: number;
}

const strength: Strength = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;
const bcryptCostMin = 12;
/** Of any bcrypt hash that there is. */
const bcryptCostLeast = 4;

/**
 * A password as argon2id (RFC 9106) in PHC format. All of one person's have the same `salt`, so that one derivation answers for
 * them. Throws `503 SIGN_IN_BUSY` when too many are being hashed already.
 */
export async function hashPassword(password: string, salt: Buffer): Promise<string> {
  const tag = await derive(password, { ...strength, salt, tagBytes });
  return `$argon2id$v=19$m=${strength.memory},t=${strength.passes},p=${strength.parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

/**
 * Of each hash whether it is of this password. However many a person has, they cost the work of one as long as they share their
 * salt; and so does none, for there is no such person. bcrypt, which came from elsewhere, has a salt and a time of its own, which it
 * takes besides (`workInVain`).
 * Throws `503 SIGN_IN_BUSY` like `hashPassword`, and for a hash of an unknown form.
 */
export async function verifyPassword(password: string, hashes: readonly string[]): Promise<boolean[]> {
  const known = hashes.map(parseHash);
  const derived = new Map<string, Buffer>();
  for (const how of known.some(({ kind }) => kind === "argon2id") ? known : [dummy]) {
    if (how.kind === "argon2id" && !derived.has(how.work))
      derived.set(how.work, await derive(password, { ...how, tagBytes: how.tag.length }));
  }
  const right: boolean[] = [];
  for (const how of known) {
    right.push(
      how.kind === "bcrypt"
        ? await inHashingQueue(() => verifyBcrypt(password, how.hash))
        : timingSafeEqual(derived.get(how.work) as Buffer, how.tag),
    );
  }
  return right;
}

/**
 * Does the work that verifying `hashes` was short of `rounds` of bcrypt, to no end: so a wrong password takes as long for who has no
 * hash, or none of bcrypt, as for whoever's took longest.
 */
export async function workInVain(password: string, hashes: readonly string[], rounds: number): Promise<void> {
  const done = hashes.map(parseHash).reduce((sum, how) => sum + (how.kind === "bcrypt" ? 2 ** how.cost : 0), 0);
  // A hash of each cost whose power of two the rest is made of.
  for (let cost = 30; cost >= bcryptCostLeast; cost--) {
    if ((Math.max(rounds - done, 0) & (2 ** cost)) === 0) continue;
    await inHashingQueue(() => verifyBcrypt(password, `$2b$${String(cost).padStart(2, "0")}$${"C".repeat(21)}.${"C".repeat(31)}`));
  }
}

/** `weak`: good for one sign-in, after which a new password is needed; `outdated`: to be hashed anew when the password is at hand. */
export function standingOf(hash: string): "current" | "outdated" | "weak" {
  const how = parseHash(hash);
  if (how.kind === "bcrypt") return how.cost < bcryptCostMin ? "weak" : "outdated";
  return how.memory >= strength.memory && how.passes >= strength.passes ? "current" : "outdated";
}

function derive(
  password: string,
  { memory, passes, parallelism, salt, tagBytes: tagLength }: Strength & { salt: Buffer; tagBytes: number },
) {
  return inHashingQueue<Buffer>(
    () =>
      new Promise((done, fail) => {
        // Normalised, so that a password typed on another keyboard or system is the same bytes.
        const message = Buffer.from(password.normalize("NFC"));
        argon2("argon2id", { message, nonce: salt, memory, passes, parallelism, tagLength }, (error, key) =>
          error ? fail(error) : done(key),
        );
      }),
  );
}

const phcForm = /^(\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86}))\$([A-Za-z0-9+/]{22,86})$/;
const bcryptForm = /^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$/;
const unpadded = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");

function parseHash(text: string) {
  const [, cost] = bcryptForm.exec(text) ?? [];
  if (cost !== undefined) return { kind: "bcrypt" as const, hash: text, cost: Number(cost) };
  const [, work, memory, passes, parallelism, salt, tag] = phcForm.exec(text) ?? [];
  if (work === undefined || salt === undefined || tag === undefined) throw new Error("A stored password hash has an unknown form");
  return {
    kind: "argon2id" as const,
    /** All that a derivation depends on but the password. */
    work: `${work} ${tag.length}`,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

/** What an unknown user's password is compared with: the same work, never equal. */
const dummy = { kind: "argon2id" as const, ...strength, work: "", salt: Buffer.alloc(saltBytes, 1), tag: Buffer.alloc(tagBytes) };
