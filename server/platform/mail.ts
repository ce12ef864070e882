import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport, type SendMailOptions } from "nodemailer";
import { createBulkhead } from "./resilience/bulkhead.ts";
import type { CircuitBreaker } from "./resilience/circuit-breaker.ts";
import { createServiceCall } from "./resilience/service-call.ts";

export interface MailMessage {
  to: { name: string; address: string };
  subject: string;
  /** Plain text: nothing in it is ever taken for markup. */
  text: string;
  /** Whom an answer goes to, where that is someone. */
  replyTo?: { name: string; address: string };
  attachments?: readonly { name: string; type: string; content: Buffer }[];
}

export interface Mail {
  /** Where mails go: to a mail server, into a folder (development, the built-in database), or nowhere. */
  delivery: "MAIL" | "FOLDER" | "NONE";
  /**
   * Resolves when the mail server has taken it. Throws what that server or the way to it says, `TimeoutError` when it says nothing,
   * `CircuitOpenError` while it is left alone, or the signal's reason.
   */
  send(message: MailMessage, signal?: AbortSignal): Promise<void>;
  close(): void;
}

export interface MailOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. */
  smtpUrl: string | undefined;
  from: string;
  /** Where mails are written to when there is no mail server; undefined: they are not sent at all. */
  folder: string | undefined;
  breaker: (isFailure: (error: unknown) => boolean) => CircuitBreaker;
  /** For one mail: 60 s. */
  timeoutMs?: number;
}

// A server that is slow holds a job of the worker, never a request.
const timeoutMsByDefault = 60_000;
const timeouts = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** Mails through `SMTP_URL`, behind the breaker `email-service`; without it into a folder, one file a mail, readable by us only. */
export function createMail({ smtpUrl, from, folder, breaker, timeoutMs = timeoutMsByDefault }: MailOptions): Mail {
  // What the text or an address says is never taken for a file or an address to fetch.
  const safe = { disableFileAccess: true, disableUrlAccess: true };
  if (smtpUrl !== undefined) {
    const transport = createTransport({ url: smtpUrl, ...timeouts, ...safe });
    // Tried again by the queue of jobs, and by nobody else.
    const call = createServiceCall({
      breaker: breaker(isIllness),
      bulkhead: createBulkhead({ limit: 10, waitingMax: 100, patienceMs: 10_000 }),
      timeout: timeoutMs,
      retry: { maxRetries: 0 },
    });
    return {
      delivery: "MAIL",
      send: async (message, signal) => {
        const mail = compose(from, message);
        await call(() => transport.sendMail(mail), { signal });
      },
      close: () => transport.close(),
    };
  }
  if (folder !== undefined) {
    const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix", ...safe });
    return {
      delivery: "FOLDER",
      send: async (message) => {
        const { message: bytes } = await transport.sendMail(compose(from, message));
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const name = `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${randomUUID().slice(0, 8)}.eml`;
        await writeFile(join(folder, name), bytes as Buffer, { mode: 0o600, flag: "wx" });
      },
      close: () => undefined,
    };
  }
  return {
    delivery: "NONE",
    send: () => Promise.reject(new Error("No mail is set up: set SMTP_URL and MAIL_FROM")),
    close: () => undefined,
  };
}

/** No recipient and no header can be smuggled in: the address is checked, and every header is one line. */
function compose(from: string, { to, subject, text, replyTo, attachments = [] }: MailMessage): SendMailOptions {
  return {
    from: oneLine(from),
    to: addressOf(to),
    ...(replyTo ? { replyTo: addressOf(replyTo) } : {}),
    subject: oneLine(subject),
    text,
    // Nobody answers a machine's mail by a machine (RFC 3834).
    headers: { "Auto-Submitted": "auto-generated" },
    attachments: attachments.map(({ name, type, content }) => ({ filename: oneLine(name), contentType: type, content })),
  };
}

function addressOf({ name, address }: MailMessage["to"]): { name: string; address: string } {
  if (/[\s<>()[\]\\,;:"\p{C}]/u.test(address) || !/^[^@]+@[^@]+$/.test(address)) throw new Error("A mail has a malformed address");
  return { name: oneLine(name), address };
}

const oneLine = (text: string) => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();

/** A recipient that the server refuses for good says nothing about the server. */
function isIllness(error: unknown): boolean {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  return !(code === "EENVELOPE" && responseCode !== undefined && responseCode >= 500);
}
