import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactedJson } from "./redact.ts";
import { redactText } from "./redact-text.ts";

/** What a log shows of it. */
const redact = (value: unknown): unknown => {
  const json = redactedJson(value);
  return json === undefined ? undefined : JSON.parse(json);
};

describe("secrets are taken out, at any depth", () => {
  test.each([
    "password",
    "newPassword",
    "password_hash",
    "oldPasswd",
    "secret",
    "SESSION_SECRET",
    "clientSecret",
    "token",
    "accessToken",
    "refresh_token",
    "cookie",
    "set-cookie",
    "Authorization",
    "apiKey",
    "api_key",
    "x-api-key",
    "credentials",
    "passphrase",
    "pwd",
    "pass",
    "db_pass",
    "passcode",
    "privateKey",
    "proxy-authorization",
    "idToken",
    "jwt",
    "otp",
    "totpSecret",
    "cvv",
    "pin",
    "cardNumber",
    "card_no",
    "DATADOG_API_KEY",
  ])("%s", (name) => {
    expect(redact({ a: [{ [name]: "hidden", kept: 1 }] })).toEqual({ a: [{ [name]: "[redacted]", kept: 1 }] });
  });
  test("whatever stands behind such a name", () => expect(redact({ token: { value: ["x"] } })).toEqual({ token: "[redacted]" }));
  test.each(["sku", "note", "passed", "keyboard", "itemId", "lotPrice", "footprint", "spinner", "company", "notPaid", "bypassed"])(
    "but %s is kept",
    (name) => expect(redact({ [name]: "shown" })).toEqual({ [name]: "shown" }),
  );
});

describe("a secret in a list behind its name is taken out", () => {
  const hidden = "hunter2";
  test.each<[string, unknown, unknown]>([
    [
      "raw headers",
      ["Host", "a.example", "X-Api-Key", hidden, "Accept", "*/*"],
      ["Host", "a.example", "X-Api-Key", "[redacted]", "Accept", "*/*"],
    ],
    ["a pair", ["X-Api-Key", hidden], ["X-Api-Key", "[redacted]"]],
    [
      "pairs",
      [
        ["Host", "a.example"],
        ["x-api-key", hidden],
      ],
      [
        ["Host", "a.example"],
        ["x-api-key", "[redacted]"],
      ],
    ],
    ["a set", new Set(["token", hidden]), ["token", "[redacted]"]],
    [
      "whatever stands there",
      ["set-cookie", [hidden, hidden], "pin", 1234, "etag", "x"],
      ["set-cookie", "[redacted]", "pin", "[redacted]", "etag", "x"],
    ],
    ["a value that is itself such a name", ["cookie", "token", "X-Api-Key", hidden], ["cookie", "[redacted]", "[redacted]", "[redacted]"]],
    ["deep inside", { raw: [{ headers: ["Authorization", hidden] }] }, { raw: [{ headers: ["Authorization", "[redacted]"] }] }],
  ])("%s", (_, value, shown) => expect(redact(value)).toEqual(shown));

  test.each([
    ["as JSON", `sent ["X-Api-Key","${hidden}"] along`, 'sent ["X-Api-Key",[redacted]] along'],
    ["as JSON with more", `["Host","a","x-api-key", "${hidden} 2","Accept","b"]`, '["Host","a","x-api-key", [redacted],"Accept","b"]'],
    ["as JSON within JSON", String.raw`{"raw":"[\"token\",\"${hidden}\"]"}`, String.raw`{"raw":"[\"token\",[redacted]]"}`],
    ["as Node shows it", `[ 'X-Api-Key', '${hidden}' ]`, "[ 'X-Api-Key', [redacted] ]"],
  ])("in a text, %s", (_, text, shown) => {
    expect(redactText(text)).toBe(shown);
    expect(redact(text)).toBe(shown);
  });
});

test.each([
  [["sku", "A-1", "note", "b"]],
  [["a token was passed", "shown"]],
  [["passed", "shown"]],
  [["password"]],
  [[["token"], "shown"]],
])("lists without such a name are shown: %j", (value) => expect(redact(value)).toEqual(value));
test("what is quoted in a text and names no secret is shown", () => {
  expect(redact(`["sku","A-1"], 'lot', 'L-1'`)).toBe(`["sku","A-1"], 'lot', 'L-1'`);
});

test.each([
  "-----BEGIN PRIVATE KEY-----hunter2-----END PRIVATE KEY-----",
  "key -----BEGIN RSA PRIVATE KEY-----hunter2",
  "-----BEGIN PGP PRIVATE KEY BLOCK-----hunter2-----END PGP PRIVATE KEY BLOCK-----",
  "-----begin private key-----hunter2-----end private key-----",
])("a private key without line breaks is taken out: %s", (text) => {
  expect(redact(text)).not.toContain("hunter2");
  expect(redact({ a: [text] })).not.toEqual({ a: [text] });
  expect(redactText(text)).not.toContain("hunter2");
});

test.each([
  ["paid with 4111 1111 1111 1111 today", "paid with [redacted] today"],
  ["4111-1111-1111-1111", "[redacted]"],
  ["4111111111111111", "[redacted]"],
  ["order 123456789012", "order 123456789012"],
  ["postgres://app:s3cret@db:5432/warehouse", "postgres://app:[redacted]@db:5432/warehouse"],
  ["redis://:s3cret@cache:6379", "redis://:[redacted]@cache:6379"],
  ["postgres://app:p@ss:word@db/x", "postgres://app:[redacted]@db/x"],
  ["Authorization: Bearer abc.def-ghi", "Authorization: [redacted]"],
  ["sent Bearer abcdefgh12345 along", "sent Bearer [redacted] along"],
  ["sent BASIC YWJjOmRlZg== along", "sent BASIC [redacted] along"],
  ["Cookie: a=1; __Host-session=abc.def", "Cookie: [redacted]"],
  ["set-cookie: session=abc; HttpOnly\nnext: line", "set-cookie: [redacted]\nnext: line"],
  ["__Host-session=abcdefgh.ijkl and more", "__Host-session=[redacted] and more"],
  ["https://x/reset?token=abcdef&next=1", "https://x/reset?token=[redacted]&next=1"],
  ["password=hunter2, user=ann", "password=[redacted], user=ann"],
  ['{"newPassword":"hunter 2","a":1}', '{"newPassword":[redacted],"a":1}'],
  ["api_key = 'a b c' x", "api_key = [redacted] x"],
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[redacted]"],
  ["0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000001"],
  ["of 00000000-0000-7000-8000-000000000001.", "of 00000000-0000-7000-8000-000000000001."],
  ["pan-4111111111111111", "pan-[redacted]"],
  ["Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0"],
  ["a cookie is baked and a token is passed", "a cookie is baked and a token is passed"],
  ["the other way round: \u202etxt.exe\u2066", "the other way round: \\u202etxt.exe\\u2066"],
  ["two lines to some: a\u2028b\u2029c", "two lines to some: a\\u2028b\\u2029c"],
  ["a carriage\rreturn", "a carriage\\u000dreturn"],
  ["2026-01-04T10:30:00.000Z", "2026-01-04T10:30:00.000Z"],
  ["to drive a terminal: \u001b[2J \u009b2J \u0007\u007f", "to drive a terminal: \\u001b[2J \\u009b2J \\u0007\\u007f"],
  ["a stack:\n\tat a line", "a stack:\n\tat a line"],
])("in a text: %s", (text, expected) => {
  expect(redact(text)).toBe(expected);
  // Whatever stands around it.
  expect(redact({ a: [text, `"${text}"`] })).toEqual({ a: [expected, redactText(`"${text}"`)] });
});

test("a number as long as a card's is taken out, one that is a time or an amount is not", () => {
  const now = Date.now();
  expect(redact([4_111_111_111_111_111, now, -12.5, 99_999_999_999.9999, 1e300])).toEqual([
    "[redacted]",
    now,
    -12.5,
    99_999_999_999.9999,
    1e300,
  ]);
});

describe("nothing breaks or stalls the log", () => {
  test("a value that holds itself", () => {
    const value: Record<string, unknown> = { name: "loop" };
    value["self"] = value;
    value["list"] = [value];
    expect(redact(value)).toEqual({ name: "loop", self: "[circular]", list: ["[circular]"] });
  });
  test("the same value twice is no circle", () => {
    const shared = { a: 1 };
    expect(redact([shared, shared])).toEqual([shared, shared]);
  });
  test("a huge one is cut", () => {
    expect((redact("x".repeat(1_000_000)) as string).length).toBeLessThan(10_000);
    expect((redact(Array.from({ length: 100_000 }, () => 1)) as unknown[]).length).toBe(200);
    expect(Object.keys(redact(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1]))) as object)).toHaveLength(
      200,
    );
  });
  test("a deep one is cut", () => {
    let value: unknown = "bottom";
    for (let depth = 0; depth < 10_000; depth++) value = { value };
    expect(JSON.stringify(redact(value))).toContain("[deep]");
  });
  test("a wide and deep one ends within a bounded size", () => {
    const wide = (depth: number): unknown => (depth === 0 ? "leaf" : Array.from({ length: 40 }, () => wide(depth - 1)));
    expect(redactedJson(wide(3))?.length).toBeLessThan(100_000);
    expect(redactedJson(Array.from({ length: 200 }, () => "x".repeat(8_000)))?.length).toBeLessThan(2_000_000);
  });
  test("a getter that throws", () => {
    const value = {
      get broken() {
        throw new Error("no");
      },
    };
    expect(redact({ value, kept: 1 })).toEqual({ value: { broken: "[unreadable]" }, kept: 1 });
  });
  test("a getter that answers otherwise the second time", () => {
    let asked = 0;
    const value = {
      get text() {
        asked += 1;
        return asked === 1 ? "first" : "password=hunter2";
      },
    };
    expect(redact(value)).toEqual({ text: "first" });
  });
  test("a proxy whose every trap throws, or that has no end", () => {
    const hostile = new Proxy(
      {},
      Object.fromEntries(
        ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"].map((trap) => [
          trap,
          () => {
            throw new Error("no");
          },
        ]),
      ),
    );
    const endless: unknown = new Proxy(
      {},
      {
        get: (_, name) => (name === "toJSON" ? undefined : endless),
        ownKeys: () => Array.from({ length: 300 }, (_, index) => `k${index}`),
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
      },
    );
    expect(redact({ hostile, kept: 1 })).toEqual({ hostile: "[unreadable]", kept: 1 });
    expect(redactedJson(endless)?.length).toBeLessThan(100_000);
  });
  test("a toJSON that throws, tells a secret, or answers itself", () => {
    const self = { toJSON: (): unknown => self };
    const telling = { toJSON: () => ({ password: "hunter2", shown: 1 }) };
    const throwing = {
      toJSON: () => {
        throw new Error("no");
      },
    };
    expect(redact({ self, telling, throwing })).toEqual({
      self: "[circular]",
      telling: { password: "[redacted]", shown: 1 },
      throwing: "[unreadable]",
    });
  });
  test("maps, sets, addresses and null prototypes are looked into", () => {
    const bare = Object.assign(Object.create(null) as object, { token: "hidden", shown: 1 });
    expect(
      redact({
        map: new Map<unknown, unknown>([
          ["password", "hidden"],
          ["a", new Map([["token", "hidden"]])],
          [{}, 1],
          [7, "seven"],
        ]),
        set: new Set([{ secret: "hidden" }, "password=hidden"]),
        url: new URL("https://ann:hidden@example.com/?token=hidden"),
        bare,
      }),
    ).toEqual({
      map: { password: "[redacted]", a: { token: "[redacted]" }, "[object]": 1, 7: "seven" },
      set: [{ secret: "[redacted]" }, "password=[redacted]"],
      url: "https://ann:[redacted]@example.com/?token=[redacted]",
      bare: { token: "[redacted]", shown: 1 },
    });
  });
  test("an error's own fields and causes, but not the row that the database refused", () => {
    const cause = Object.assign(new Error("password=hidden"), { detail: "Failing row contains (hidden)", where: "hidden", code: "23514" });
    const shown = redact({ error: Object.assign(new TypeError("outer", { cause }), { token: "hidden", status: 1 }) });
    expect(shown).toMatchObject({
      error: {
        name: "TypeError",
        message: "outer",
        token: "[redacted]",
        status: 1,
        cause: { message: "password=[redacted]", code: "23514" },
      },
    });
    expect(JSON.stringify(shown)).not.toContain("hidden");
    expect(redact(new AggregateError([new Error("one")], "several"))).toMatchObject({ errors: [{ message: "one" }] });
  });
  test("a key that JSON or a prototype would take for something else", () => {
    const value = JSON.parse('{"__proto__":{"a":1},"quo\\"te":2,"line\\nbreak":3}') as unknown;
    expect(redactedJson(value)).toBe(String.raw`{"__proto__":{"a":1},"quo\"te":2,"line\nbreak":3}`);
  });
  test("what JSON cannot hold", () => {
    expect(redact({ big: 10n, when: new Date(0), bytes: Buffer.from("x"), call: () => 1, none: undefined })).toEqual({
      big: "10",
      when: "1970-01-01T00:00:00.000Z",
      bytes: "[bytes]",
      call: undefined,
      none: undefined,
    });
    expect(() => redact(new Date(Number.NaN))).not.toThrow();
  });
  test("anything at all", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          expect(() => JSON.stringify(redact(value))).not.toThrow();
        },
      ),
    );
  });
});

describe("the stack of an error", () => {
  /** An error that failed where another did, with another message. */
  const failedAt = (message: string, frames: string) => Object.assign(new Error(message), { stack: `Error: ${message}${frames}` });
  const stackOf = (error: Error) => (redact(error) as { stack: string }).stack;
  const frames = "\n    at send (file:///srv/app/mail.ts:3:17)\n    at async run (node:internal/main:1:2)";

  test("is told whole, whether its place is known or new", () => {
    for (const message of ["first", "second", "first"]) expect(stackOf(failedAt(message, frames))).toBe(`Error: ${message}${frames}`);
  });

  test("holds no secret of its message, also where that looks like a place or its place is known", () => {
    const messages = ["token=abcdef123", "no\n    at token=abcdef123", "paid with 4111 1111 1111 1111"];
    for (const message of [...messages, ...messages]) expect(stackOf(failedAt(message, frames))).not.toMatch(/abcdef123|4111/);
  });

  test("drives no terminal, and is cut where it is long", () => {
    const shown = stackOf(failedAt("red \u001b[31m", `${frames}\u001b]0;owned\u0007`));
    for (const driving of ["\u001b", "\u0007"]) expect(shown).not.toContain(driving);
    expect(stackOf(failedAt("deep", frames.repeat(1_000))).length).toBeLessThan(9_000);
  });

  test("of ever new places fills no memory, and one that cannot be read costs only itself", () => {
    for (let place = 0; place < 2_000; place++) expect(stackOf(failedAt("x", `\n    at ${place}`))).toBe(`Error: x\n    at ${place}`);
    const unreadable = Object.defineProperty(new Error("whole"), "stack", {
      get: () => {
        throw new Error("no");
      },
    });
    expect(redact(unreadable)).toMatchObject({ message: "whole", stack: "[unreadable]" });
  });
});

describe("JSON within a text", () => {
  const nested = (value: object, levels: number): string => {
    let text = JSON.stringify(value);
    for (let level = 1; level < levels; level++) text = JSON.stringify({ body: text });
    return text;
  };
  test.each([1, 2, 3, 4])("holds no secret, %i deep, and the rest of it stays", (levels) => {
    for (const secret of ["hunter2", 'a"hunter2', "a\\hunter2", "two words hunter2", "'hunter2'", "x".repeat(5_000)]) {
      const shown = redactText(nested({ password: secret, sku: "A-1" }, levels));
      expect(shown).not.toMatch(/hunter2|x{100}/);
      expect(shown).toContain("A-1");
    }
  });

  test("of other names is told as it is", () => {
    const text = nested({ sku: 'a "quoted" one', note: "x" }, 3);
    expect(redactText(text)).toBe(text);
  });
});

test.each([
  ["a private key", `failed with -----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY----- here`],
  ["a private key on one line", String.raw`-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----`],
  ["a private key that was cut", `-----BEGIN EC PRIVATE KEY-----\nhunter2`],
  ["a card's number behind a name", "order_4111111111111111"],
])("in a text: %s", (_, text) => expect(redactText(text)).not.toMatch(/hunter2|4111111/));

test.each(["4111111111111111", "41111111111111111", "4111111111111111110"])("a card's number as a number: %s", (digits) =>
  expect(redactedJson({ number: Number(digits) })).toBe('{"number":"[redacted]"}'),
);
