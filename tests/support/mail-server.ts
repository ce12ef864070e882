import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  /** Of the envelope. */
  to: string[];
  headers: string;
  /** Decoded. */
  body: string;
}

export interface MailServer {
  url: string;
  received: ReceivedMail[];
  /** How it treats a recipient from now on: `take`, `refuse` for now (451) or for good (550), or hold it without an answer. */
  behave(how: "take" | "refuse" | "refuse for good" | "hang"): void;
  /** Times that a recipient was named. */
  asked(): number;
  close(): Promise<void>;
}

/** A real SMTP server on loopback, in place of a provider's; on this port, where one is given. */
export async function startMailServer(port = 0): Promise<MailServer> {
  let how = "take";
  let asked = 0;
  let held: (() => void)[] = [];
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    logger: false,
    closeTimeout: 100,
    onRcptTo: (_address, _session, answer) => {
      asked += 1;
      const refusal = (responseCode: number) => Object.assign(new Error("Not this one"), { responseCode });
      if (how === "take") answer(null);
      else if (how === "hang") held.push(() => answer(refusal(451)));
      else answer(refusal(how === "refuse" ? 451 : 550));
    },
    onData: (stream, session, answer) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks).toString("latin1");
        received.push({ to: session.envelope.rcptTo.map(({ address }) => address), ...parsed(raw) });
        answer(null);
      });
    },
  });
  server.on("error", () => undefined);
  const listening = server.listen(port, "127.0.0.1");
  await once(listening, "listening");
  return {
    url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    received,
    behave: (next) => {
      how = next;
      for (const release of held) release();
      held = [];
    },
    asked: () => asked,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

export function parsed(raw: string): Pick<ReceivedMail, "headers" | "body"> {
  const [head = "", ...rest] = raw.replaceAll("\r\n", "\n").split("\n\n");
  const headers = head.replaceAll(/\n[ \t]+/g, " ");
  const body = rest.join("\n\n");
  if (/^Content-Transfer-Encoding: base64$/im.test(headers)) return { headers, body: Buffer.from(body, "base64").toString("utf8") };
  if (!/^Content-Transfer-Encoding: quoted-printable$/im.test(headers)) return { headers, body };
  const bytes = body.replaceAll("=\n", "").replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { headers, body: Buffer.from(bytes, "latin1").toString("utf8") };
}

/** The token of a link in a mail or an answer. */
export const tokenIn = (text: string): string => /\/set-password#([\w-]{43})/.exec(text)?.[1] ?? "";
