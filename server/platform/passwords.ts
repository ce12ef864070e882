import { argon2, timingSafeEqual } from "node:crypto";
import { ExternalServiceError } from "./errors.ts";

const strength = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;

// Node's pool has 4 threads, which name look-ups and files need too. They belong to the process, and so does the queue.
const atOnceMax = 2;
const waitingMax = 50;
let atWork = 0;
const waiting: (() => void)[] = [];

/**
 * A password as argon2id (RFC 9106) in PHC format. All of one person's have the same `salt`, so that one derivation answers for
 * them. Throws `503 SIGN_IN_BUSY` when too many are being hashed already.
 */
export async function hashPassword(password: string, salt: Buffer): Promise<string> {
  return toPhc(salt, await derive(password, { ...strength, salt, tagBytes }));
}

/**
 * Of each hash whether it is of this password. However many a person has, they cost the work of one as long as they share their
 * salt; and so does none, for there is no such person. Throws `503 SIGN_IN_BUSY` like `hashPassword`.
 */
export async function verifyPassword(password: string, hashes: readonly string[]): Promise<boolean[]> {
  const known = hashes.map(fromPhc);
  const derived = new Map<string, Buffer>();
  for (const how of known.length > 0 ? known : [dummy]) {
    if (!derived.has(how.work)) derived.set(how.work, await derive(password, { ...how, tagBytes: how.tag.length }));
  }
  return known.map(({ work, tag }) => timingSafeEqual(derived.get(work) as Buffer, tag));
}

interface Derivation {
  memory: number;
  passes: number;
  parallelism: number;
  salt: Buffer;
  tagBytes: number;
}

async function derive(password: string, { memory, passes, parallelism, salt, tagBytes: tagLength }: Derivation): Promise<Buffer> {
  await enter();
  try {
    // Normalised, so that a password typed on another keyboard or system is the same bytes.
    const message = Buffer.from(password.normalize("NFC"));
    return await new Promise((done, fail) => {
      argon2("argon2id", { message, nonce: salt, memory, passes, parallelism, tagLength }, (error, key) =>
        error ? fail(error) : done(key),
      );
    });
  } finally {
    leave();
  }
}

async function enter(): Promise<void> {
  if (atWork < atOnceMax) {
    atWork += 1;
    return;
  }
  if (waiting.length >= waitingMax)
    throw new ExternalServiceError("Too many people are signing in at the moment: try again", "SIGN_IN_BUSY");
  await new Promise<void>((turn) => void waiting.push(turn));
}

/** The place goes straight to the next in line. */
function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else atWork -= 1;
}

const phcForm = /^(\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+))\$([A-Za-z0-9+/]+)$/;
const unpadded = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");

const toPhc = (salt: Buffer, tag: Buffer) =>
  `$argon2id$v=19$m=${strength.memory},t=${strength.passes},p=${strength.parallelism}$${unpadded(salt)}$${unpadded(tag)}`;

function fromPhc(phc: string) {
  const [, work, memory, passes, parallelism, salt, tag] = phcForm.exec(phc) ?? [];
  if (work === undefined || salt === undefined || tag === undefined) throw new Error("A stored password hash has an unknown form");
  return {
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
const dummy = { ...strength, work: "", salt: Buffer.alloc(saltBytes, 1), tag: Buffer.alloc(tagBytes) };
