import { hash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The cookie that carries a session: a random 256-bit token and its signature. The database keeps only the token's hash. */
export function createSessionCookies({ secrets, production }: { secrets: readonly string[]; production: boolean }) {
  const name = production ? "__Host-session" : "session";
  const attributes = `HttpOnly; SameSite=Strict; Path=/${production ? "; Secure" : ""}`;
  const sign = (token: string, secret: string) => createHmac("sha256", secret).update(token).digest("base64url");
  const [signingSecret = ""] = secrets;

  return {
    name,
    /** A fresh token: what to store, and what to send. */
    issue(maxAgeSeconds: number): { tokenHash: Buffer; setCookie: string } {
      const token = randomBytes(32).toString("base64url");
      const value = `${token}.${sign(token, signingSecret)}`;
      return { tokenHash: hashOf(token), setCookie: `${name}=${value}; ${attributes}; Max-Age=${maxAgeSeconds}` };
    },
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
    /** The hash of a token that we signed; undefined for none or a forged one, without asking the database. */
    read(cookieHeader: string | null): Buffer | undefined {
      const value = cookieOf(cookieHeader, name);
      const dot = value?.indexOf(".") ?? -1;
      if (value === undefined || dot < 0) return undefined;
      const token = value.slice(0, dot);
      const signature = Buffer.from(value.slice(dot + 1));
      const genuine = secrets.some((secret) => {
        const expected = Buffer.from(sign(token, secret));
        return signature.length === expected.length && timingSafeEqual(signature, expected);
      });
      return genuine ? hashOf(token) : undefined;
    },
  };
}
export type SessionCookies = ReturnType<typeof createSessionCookies>;

const hashOf = (token: string) => hash("sha256", token, "buffer");

/**
 * The one cookie of a name; undefined when there are two, one of which was planted. Only what browsers leave out around a name is left
 * out (RFC 6265bis, 5.6): by any other space a host below ours could set one that is taken for ours, past `__Host-` (CVE-2026-39410).
 */
function cookieOf(header: string | null, name: string): string | undefined {
  const values = (header ?? "").split(";").flatMap((part) => {
    const equals = part.indexOf("=");
    return equals > 0 && withoutBlanks(part.slice(0, equals)) === name ? [withoutBlanks(part.slice(equals + 1))] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}

function withoutBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

const isBlank = (character: string | undefined) => character === " " || character === "\t";
