import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CircuitBreaker } from "#platform/resilience/circuit-breaker.ts";
import { CircuitOpenError, TimeoutError } from "#platform/resilience/errors.ts";
import { type MailServer, startMailServer } from "#tests/support/mail-server.ts";
import { createMail, type Mail } from "./mail.ts";

let smtp: MailServer;
let mail: Mail;
let breaker: CircuitBreaker;
beforeAll(async () => {
  smtp = await startMailServer();
});
beforeEach(() => {
  smtp.behave("take");
  smtp.received.length = 0;
  mail = createMail({
    smtpUrl: smtp.url,
    from: "Stock <stock@acme.test>",
    folder: undefined,
    breaker: (isFailure) => (breaker = new CircuitBreaker("email-service", { isFailure })),
  });
});
afterAll(() => smtp.close());

const message = { to: { name: "Ann", address: "ann@acme.test" }, subject: "Hello", text: "Text" };

describe("no header and no recipient can be smuggled in", () => {
  const breaks = [
    "\r\nBcc: evil@evil.test",
    "\nBcc: evil@evil.test",
    "\rBcc: evil@evil.test",
    "\u2028Bcc: evil@evil.test",
    "\0\r\n\r\nbody",
  ];
  test.each(breaks)("by a name or a subject with %j", async (text) => {
    await mail.send({ ...message, to: { name: `Ann${text}`, address: "ann@acme.test" }, subject: `Hello${text}` });
    const [received] = smtp.received;
    expect(received?.to).toEqual(["ann@acme.test"]);
    expect(received?.headers).not.toMatch(/^Bcc:/im);
    expect(received?.body.trim()).toBe("Text");
    expect(received?.headers.match(/^(To|Subject|From):/gim)).toHaveLength(3);
  });

  test.each([
    "a@b.test, evil@evil.test",
    "a@b.test\r\nRCPT TO:<evil@evil.test>",
    "<evil@evil.test>",
    "a@b@evil.test",
    "a b@evil.test",
    "nobody",
    "",
  ])("by the address %j, which is refused", async (address) => {
    await expect(mail.send({ ...message, to: { name: "Ann", address } })).rejects.toThrow("malformed address");
    expect(smtp.received).toEqual([]);
  });

  test("by a text that looks like the end of the mail", async () => {
    await mail.send({ ...message, text: "before\r\n.\r\nMAIL FROM:<evil@evil.test>\r\nafter" });
    expect(smtp.received).toHaveLength(1);
    expect(smtp.received[0]?.body).toContain("MAIL FROM:<evil@evil.test>");
  });
});

test("a text with markup stays text", async () => {
  await mail.send({ ...message, text: "<script>alert(1)</script>" });
  expect(smtp.received[0]?.headers).toMatch(/^Content-Type: text\/plain; charset=utf-8$/im);
  expect(smtp.received[0]?.body.trim()).toBe("<script>alert(1)</script>");
});

test("names and subjects of any script arrive whole", async () => {
  await mail.send({ to: { name: "Жанна, O'Brien", address: "ann@acme.test" }, subject: "Größe", text: "Straße 🔑" });
  expect(smtp.received[0]?.body.trim()).toBe("Straße 🔑");
  expect(smtp.received[0]?.to).toEqual(["ann@acme.test"]);
});

describe("the breaker", () => {
  const fail = () => mail.send(message).catch(() => undefined);
  test("opens when the server is ill", async () => {
    smtp.behave("refuse");
    for (let time = 0; time < 5; time++) await fail();
    expect(breaker.status().state).toBe("OPEN");
    const asked = smtp.asked();
    await expect(mail.send(message)).rejects.toThrow("Circuit breaker");
    expect(smtp.asked()).toBe(asked);
  });

  const away = (smtpUrl: string, timeoutMs?: number) =>
    createMail({
      smtpUrl,
      from: "Stock <stock@acme.test>",
      folder: undefined,
      breaker: (isFailure) => (breaker = new CircuitBreaker("email-service", { isFailure })),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });

  test("opens when there is no server to be reached, and then nobody looks for one", async () => {
    const unreachable = away("smtp://127.0.0.1:1");
    for (let time = 0; time < 5; time++) await expect(unreachable.send(message)).rejects.toMatchObject({ code: "ESOCKET" });
    expect(breaker.status()).toMatchObject({ state: "OPEN", failureCount: 5 });
    await expect(unreachable.send(message)).rejects.toThrow(CircuitOpenError);
  });

  test("counts a server that takes the connection and never says a word", async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
    await once(mute, "listening");
    try {
      const silent = away(`smtp://127.0.0.1:${(mute.address() as AddressInfo).port}`, 200);
      await expect(silent.send(message)).rejects.toThrow(TimeoutError);
      expect(breaker.status().failureCount).toBe(1);
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  });

  test("does not count a mail that its sender was told to stop, and which nobody waits for any more", async () => {
    smtp.behave("hang");
    const caller = new AbortController();
    const sending = mail.send(message, caller.signal);
    const asked = smtp.asked();
    await expect.poll(() => smtp.asked()).toBe(asked + 1);
    caller.abort(new Error("the process ends"));
    await expect(sending).rejects.toThrow("the process ends");
    expect(breaker.status().failureCount).toBe(0);
    smtp.behave("take");
  });

  test("a mail that fails is tried once here: the queue of jobs tries again", async () => {
    smtp.behave("refuse");
    const asked = smtp.asked();
    await fail();
    expect(smtp.asked()).toBe(asked + 1);
  });

  test("stays closed when a recipient is refused for good: the others still get theirs", async () => {
    smtp.behave("refuse for good");
    for (let time = 0; time < 8; time++) await fail();
    expect(breaker.status().state).toBe("CLOSED");
  });
});

test("without a mail server and a folder nothing is sent, and it says so", async () => {
  const none = createMail({ smtpUrl: undefined, from: "x@y.test", folder: undefined, breaker: () => breaker });
  expect(none.delivery).toBe("NONE");
  await expect(none.send(message)).rejects.toThrow("No mail is set up");
});
