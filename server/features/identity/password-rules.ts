import { NewPassword } from "#contract/identity.ts";
import { isCommonPassword } from "#platform/common-passwords.ts";
import { ValidationError } from "#platform/errors.ts";

/** Whose password it is to be. */
export interface PasswordOwner {
  email: string;
  name: string;
  tenantName: string;
}

const ownWordLengthMin = 3;
const besideOwnWordMin = 8;

/**
 * All that is wrong with a password at once: what it is made of, that it is one of the commonest, that it is little more than the
 * person's e-mail address or name or the company's name. Empty when it may be used.
 */
export async function faultsOfPassword(password: string, owner: PasswordOwner): Promise<string[]> {
  const faults = NewPassword.safeParse(password).error?.issues.map(({ message }) => message) ?? [];
  if (await isCommonPassword(password)) faults.push("Password is one of the most common ones");
  const own = ownWordIn(password, owner);
  if (own) faults.push(`Password must not be ${own}`);
  return faults;
}

/** Throws `400` with every fault, at `path`. */
export async function requireGoodPassword(password: string, owner: PasswordOwner, path: string): Promise<void> {
  const faults = await faultsOfPassword(password, owner);
  if (faults.length > 0) throw new ValidationError(faults.map((message) => ({ path, message })));
}

function ownWordIn(password: string, { email, name, tenantName }: PasswordOwner): string | undefined {
  const text = lettersOf(password);
  const words: readonly [string, string][] = [
    [email, "your e-mail address"],
    [email.split("@")[0] ?? "", "your e-mail address"],
    [name, "your name"],
    [tenantName, "your company's name"],
  ];
  return words.find(([word]) => {
    const own = lettersOf(word);
    return own.length >= ownWordLengthMin && text.includes(own) && text.replaceAll(own, "").length < besideOwnWordMin;
  })?.[1];
}

/** Capitals, spaces, dots and the like make no difference. */
const lettersOf = (text: string) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
