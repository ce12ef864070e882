import { expect, test } from "vitest";
import { readJsonBody } from "./request-body.ts";

const request = (body: string | ReadableStream | null, headers: Record<string, string> = { "content-type": "application/json" }) =>
  new Request("http://x/", { method: "POST", headers, body, duplex: "half" });

function chunked(chunks: number, size: number): { body: ReadableStream; sent: () => number } {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (sent >= chunks) return controller.close();
      sent += 1;
      controller.enqueue(new TextEncoder().encode(" ".repeat(size)));
    },
  });
  return { body, sent: () => sent };
}

test.each(["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"])(
  "%s is read",
  async (type) => {
    expect(await readJsonBody(request('{"a":1}', { "content-type": type }), 100)).toEqual({ a: 1 });
  },
);

test.each([
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonx",
  "text/json",
  "application/json+evil/x",
])("%s is refused", async (type) => {
  await expect(readJsonBody(request('{"a":1}', { "content-type": type }), 100)).rejects.toMatchObject({
    statusCode: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
  });
});

test.each([
  ["application/json; charset=utf-16", {}],
  ['application/json; charset="latin1"', {}],
  ["application/json; x=y; CHARSET = windows-1252", {}],
  ["application/json; charset=", {}],
  ["application/json", { "content-encoding": "gzip" }],
  ["application/json", { "content-encoding": "br" }],
  ["application/json", { "content-encoding": "identity, deflate" }],
  ["application/json", { "content-encoding": "unknown" }],
])("a body of %s with %o is refused by its type, before it is read", async (type, more) => {
  const { body, sent } = chunked(5, 10);
  await expect(readJsonBody(request(body, { "content-type": type, ...more }), 100)).rejects.toMatchObject({
    statusCode: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
  });
  expect(sent()).toBeLessThan(2);
});

test.each(['application/json; charset="UTF-8"', "application/json;charset=utf8", "application/json; charset=us-ascii"])(
  "%s is read as what it is",
  async (type) => {
    expect(await readJsonBody(request('{"a":1}', { "content-type": type, "content-encoding": "identity" }), 100)).toEqual({ a: 1 });
  },
);

test("no body at all is none, and a declared one that is empty too", async () => {
  expect(await readJsonBody(request(null, {}), 100)).toBeUndefined();
  expect(await readJsonBody(request("", { "content-type": "application/json", "content-length": "0" }), 100)).toBeUndefined();
});

test("a body that says it is too large is not even read", async () => {
  await expect(readJsonBody(request("{}", { "content-type": "application/json", "content-length": "101" }), 100)).rejects.toMatchObject({
    statusCode: 413,
    code: "BODY_TOO_LARGE",
  });
});

test("a body that does not say how large it is is stopped while it is read", async () => {
  const endless = chunked(100_000, 1_000);
  await expect(readJsonBody(request(endless.body), 10_000)).rejects.toMatchObject({ statusCode: 413 });
  expect(endless.sent()).toBeLessThan(20);
});

test("text that is cut between the bytes of one character is put together again", async () => {
  const bytes = new TextEncoder().encode('{"name":"Größe 🏭"}');
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  expect(await readJsonBody(request(body), 1_000)).toEqual({ name: "Größe 🏭" });
});

test.each([undefined, "100"])("a body that its client breaks off is no fault of ours (declared length %s)", async (length) => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    pull: (controller) => controller.error(Object.assign(new Error("aborted"), { code: "ECONNRESET" })),
  });
  const headers = { "content-type": "application/json", ...(length ? { "content-length": length } : {}) };
  await expect(readJsonBody(request(body, headers), 1_000)).rejects.toMatchObject({ statusCode: 400, code: "BAD_REQUEST" });
});

test("a body that does not say of what type it is is refused, and none at all is none", async () => {
  const bytes = (text: string) =>
    new ReadableStream({ start: (controller) => (controller.enqueue(new TextEncoder().encode(text)), controller.close()) });
  await expect(readJsonBody(request(bytes('{"a":1}'), {}), 100)).rejects.toMatchObject({ statusCode: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
  expect(await readJsonBody(request(null, {}), 100)).toBeUndefined();
});
