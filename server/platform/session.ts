import { hash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The cookie that carries a session: a random 256-bit token and its signature. The database keeps only the token's hash. */
export function createSessionCookies({ secrets, production }: { secrets: readonly string[]; production: boolean }) {
  const name = production ? "__Host-session" : "session";
  const attributes = `HttpOnly; SameSite=Strict; Path=/${production ? "; Secure" : ""}`;
  const sign = (token: string, secret: string) => createHmac("sha256", secret).update(token).digest();
  const [signingSecret = ""] = secrets;

  return {
    name,
    /** A fresh token: what to store, and what to send. */
    issue(maxAgeSeconds: number): { tokenHash: Buffer; setCookie: string } {
      const token = randomBytes(32).toString("base64url");
      const value = `${token}.${sign(token, signingSecret).toString("base64url")}`;
      return { tokenHash: hashOf(token), setCookie: `${name}=${value}; ${attributes}; Max-Age=${maxAgeSeconds}` };
    },
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
    /** The hash of a token that we signed; undefined for none or a forged one, without asking the database. */
    read(cookieHeader: string | null): Buffer | undefined {
      const value = cookieOf(cookieHeader, name);
      const dot = value?.indexOf(".") ?? -1;
      if (value === undefined || dot < 0) return undefined;
      const token = value.slice(0, dot);
      const signature = Buffer.from(value.slice(dot + 1), "base64url");
      const genuine = secrets.some((secret) => {
        const expected = sign(token, secret);
        return signature.length === expected.length && timingSafeEqual(signature, expected);
      });
      return genuine ? hashOf(token) : undefined;
    },
  };
}
export type SessionCookies = ReturnType<typeof createSessionCookies>;

const hashOf = (token: string) => hash("sha256", token, "buffer");

function cookieOf(header: string | null, name: string): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
