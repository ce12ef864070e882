import { describe, expect, test } from "vitest";
import { ConfigError, loadConfig } from "./config.ts";

const secret = "0123456789abcdef0123456789abcdef";
const valid = {
  SESSION_SECRET: secret,
  DATABASE_URL: "postgresql://app:x@127.0.0.1/warehouse",
  DATABASE_OWNER_URL: "postgresql://owner:x@127.0.0.1/warehouse",
};

function problems(environment: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("without anything but secret and databases, the defaults hold", () => {
  expect(loadConfig(valid)).toMatchObject({
    environment: "development",
    production: false,
    host: "127.0.0.1",
    port: 3_000,
    publicUrl: "http://127.0.0.1:3000",
    dataDir: ".data",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    session: { secrets: [secret], idleMinutes: 720, absoluteHours: 168 },
    database: { connectionLimit: 20, poolTimeoutMs: 30_000, firstAnswerTimeoutMs: 5_000, statementCacheSize: 500 },
    log: { level: "info", queries: "debug" },
    rateLimits: {
      AUTH: { maxRequests: 5, windowMs: 900_000 },
      API: { maxRequests: 100, windowMs: 60_000 },
      WRITE: { maxRequests: 30, windowMs: 60_000 },
      SENSITIVE: { maxRequests: 10, windowMs: 3_600_000 },
    },
  });
});

test("PUBLIC_URL may have a path, and links begin with it without its last slash", () => {
  expect(loadConfig({ ...valid, PUBLIC_URL: "https://shop.example:8443/stock/" }).publicUrl).toBe("https://shop.example:8443/stock");
  expect(loadConfig({ ...valid, PUBLIC_URL: "https://[::1]/" }).publicUrl).toBe("https://[::1]");
});

test("a folder may have blanks within its name", () => {
  expect(loadConfig({ ...valid, DATA_DIR: "/srv/our data" }).dataDir).toBe("/srv/our data");
});

test("an empty variable, as of a compose file, is one that is not set", () => {
  const empty = Object.fromEntries(
    ["PORT", "PUBLIC_URL", "LOG_LEVEL", "REDIS_URL", "SMTP_URL", "RATE_LIMIT_API"].map((name) => [name, ""]),
  );
  expect(loadConfig({ ...valid, ...empty })).toEqual(loadConfig(valid));
});

test("a missing sender of mails is told beside the other faults", () => {
  const load = () => loadConfig({ ...valid, SMTP_URL: "smtp://mail.example", PORT: "http" });
  expect(load).toThrow(/MAIL_FROM is required/);
  expect(load).toThrow(/PORT must be/);
});

test("other origins may read nothing, unless they are named", () => {
  expect(loadConfig(valid).corsOrigins).toEqual([]);
  const CORS_ORIGINS = "https://a.example , http://b.example:8080";
  expect(loadConfig({ ...valid, CORS_ORIGINS }).corsOrigins).toEqual(["https://a.example", "http://b.example:8080"]);
});

describe("the session secret", () => {
  test.each(["development", "test", "production"])("is required in %s: there is no built-in one", (NODE_ENV) => {
    const required = ["SESSION_SECRET environment variable is required. Generate a secure secret with: openssl rand -base64 32"];
    expect(problems({ ...valid, NODE_ENV, SESSION_SECRET: undefined })).toEqual(required);
    expect(problems({ ...valid, NODE_ENV, SESSION_SECRET: "" })).toEqual(required);
  });
  test.each(["x", "0123456789abcdef0123456789abcde", `${secret},short`, `${secret},`, " ".repeat(40)])(
    "%o is too short",
    (SESSION_SECRET) => {
      expect(problems({ ...valid, SESSION_SECRET })).toEqual(["SESSION_SECRET must be at least 32 characters long for security"]);
    },
  );
  test("may be several: the first signs", () => {
    expect(loadConfig({ ...valid, SESSION_SECRET: `${secret}2 , ${secret}` }).session.secrets).toEqual([`${secret}2`, secret]);
  });
});

type Fault = [name: string, value: string, line: string];
test.each<Fault>([
  ["NODE_ENV", "staging", "NODE_ENV must be development, test or production"],
  ["PORT", "http", "PORT must be a whole number from 0 to 65535"],
  ["PORT", "65536", "PORT must be a whole number from 0 to 65535"],
  ["PORT", "-1", "PORT must be a whole number from 0 to 65535"],
  ["PORT", "  ", "PORT must be a whole number from 0 to 65535"],
  ["PORT", "0x50", "PORT must be a whole number from 0 to 65535"],
  ["PORT", "8e3", "PORT must be a whole number from 0 to 65535"],
  ["ENABLE_GRACEFUL_SHUTDOWN", "no", "ENABLE_GRACEFUL_SHUTDOWN must be true or false"],
  ["PORT", "80.5", "PORT must be a whole number from 0 to 65535"],
  ["OPERATOR_TENANT", "Acme & Co", "OPERATOR_TENANT must be a company's code, such as acme-north"],
  ["PUBLIC_URL", "stock", "PUBLIC_URL must be an address such as https://stock.example: no user or password, nothing behind ? or #"],
  [
    "PUBLIC_URL",
    "stock.example:443",
    "PUBLIC_URL must be an address such as https://stock.example: no user or password, nothing behind ? or #",
  ],
  [
    "CORS_ORIGINS",
    "*",
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  ],
  [
    "CORS_ORIGINS",
    "null",
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  ],
  [
    "CORS_ORIGINS",
    "https://*.example",
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  ],
  [
    "CORS_ORIGINS",
    "reports.example",
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  ],
  [
    "CORS_ORIGINS",
    "https://a.example,https://b.example/",
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  ],
  [
    "CORS_ORIGINS",
    "https://b.example:443",
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  ],
  [
    "CORS_ORIGINS",
    "https://A.example",
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  ],
  ["SMTP_URL", "mail.example:587", "SMTP_URL must look like smtp://user:password@host:587, or smtps:// for TLS from the first byte"],
  ["SMTP_URL", "http://mail.example", "SMTP_URL must look like smtp://user:password@host:587, or smtps:// for TLS from the first byte"],
  ["SMTP_URL", "smtp://mail.example", "MAIL_FROM is required with SMTP_URL: the address that mails come from, such as stock@example.com"],
  ["MAIL_FROM", "nobody", "MAIL_FROM must look like stock@example.com or Warehouse <stock@example.com>"],
  ["MAIL_FROM", "Stock <a@b.example>\r\nBcc: x@y.example", "MAIL_FROM must look like stock@example.com or Warehouse <stock@example.com>"],
  ["SESSION_IDLE_TIMEOUT_MINUTES", "1", "SESSION_IDLE_TIMEOUT_MINUTES must be a whole number from 2 to 10080"],
  ["SESSION_ABSOLUTE_TIMEOUT_HOURS", "x", "SESSION_ABSOLUTE_TIMEOUT_HOURS must be a whole number from 1 to 2160"],
  ...[
    "https://u:p@stock.example",
    "https://u@stock.example",
    "https://stock.example/?a=b",
    "https://stock.example?",
    "https://stock.example/#a",
    " https://stock.example",
    "https://",
    "https://a\\\\b",
  ].map((address): Fault => [
    "PUBLIC_URL",
    address,
    "PUBLIC_URL must be an address such as https://stock.example: no user or password, nothing behind ? or #",
  ]),
  ...["abc", "0", "-1", "1.5", "1e3", "0x10", "", "1001", "5&connection_limit=x"].map((limit): Fault => [
    "DATABASE_URL",
    `postgresql://app:x@127.0.0.1/warehouse?connection_limit=${limit}`,
    "DATABASE_URL: connection_limit in it must be a whole number from 1 to 1000",
  ]),
  ["HOST", " ", "HOST must be the address or name to listen at, such as 127.0.0.1"],
  ["HOST", "127.0.0.1 ", "HOST must be the address or name to listen at, such as 127.0.0.1"],
  ["DATA_DIR", "  ", "DATA_DIR must be a folder, such as .data"],
  ["DATA_DIR", ".data ", "DATA_DIR must be a folder, such as .data"],
  ["WEB_ROOT", "\t", "WEB_ROOT must be a folder, such as dist/web"],
  ["DATABASE_URL", "mysql://x", "DATABASE_URL must look like postgresql://user:password@host:port/database"],
  ["DATABASE_OWNER_URL", "nothing", "DATABASE_OWNER_URL must look like postgresql://user:password@host:port/database"],
  ["DB_CONNECTION_LIMIT", "0", "DB_CONNECTION_LIMIT must be a whole number from 1 to 1000"],
  ["DB_FIRST_ANSWER_TIMEOUT", "0", "DB_FIRST_ANSWER_TIMEOUT must be a whole number from 1 to 600"],
  ["DB_POOL_TIMEOUT", "forever", "DB_POOL_TIMEOUT must be a whole number from 1 to 600"],
  ["DB_STATEMENT_CACHE_SIZE", "-1", "DB_STATEMENT_CACHE_SIZE must be a whole number from 0 to 100000"],
  ["LOG_LEVEL", "loud", "LOG_LEVEL must be debug, info, warn, error, fatal or silent"],
  ["LOG_QUERIES", "yes", "LOG_QUERIES must be true or false"],
  ["RATE_LIMIT_WRITE", "300", "RATE_LIMIT_WRITE must look like 300/1m: requests, a slash, and a span in s, m or h"],
  ["RATE_LIMIT_AUTH", "0/1m", "RATE_LIMIT_AUTH must look like 300/1m: requests, a slash, and a span in s, m or h"],
  ["RATE_LIMIT_API", "10/1d", "RATE_LIMIT_API must look like 300/1m: requests, a slash, and a span in s, m or h"],
  ["RATE_LIMIT_SENSITIVE", "-1/1m", "RATE_LIMIT_SENSITIVE must look like 300/1m: requests, a slash, and a span in s, m or h"],
  ["RATE_LIMIT_TENANT", "many", "RATE_LIMIT_TENANT must look like 300/1m: requests, a slash, and a span in s, m or h"],
  ["RATE_LIMIT_BLOCK", "50", "RATE_LIMIT_BLOCK must look like 300/1m: requests, a slash, and a span in s, m or h"],
  ["REDIS_URL", "127.0.0.1:6379", "REDIS_URL must look like redis://user:password@host:port, or rediss:// for TLS"],
  ["REDIS_URL", "http://127.0.0.1", "REDIS_URL must look like redis://user:password@host:port, or rediss:// for TLS"],
  ["MAX_REQUESTS_IN_FLIGHT", "0", "MAX_REQUESTS_IN_FLIGHT must be a whole number from 1 to 1000000"],
  ["MAX_EVENT_LOOP_DELAY_MS", "1", "MAX_EVENT_LOOP_DELAY_MS must be a whole number from 10 to 60000"],
  ["SHUTDOWN_DELAY_SECONDS", "301", "SHUTDOWN_DELAY_SECONDS must be a whole number from 0 to 300"],
])("%s=%s is told in one line", (name, value, line) => {
  expect(problems({ ...valid, [name]: value })).toEqual([line]);
});

test.each([
  ["*"],
  ["0.0.0.0/0"],
  ["::/0"],
  ["::ffff:0:0/96"],
  ["10.0.0.1, 0.0.0.0/0"],
  ["0.0.0.0/1, 128.0.0.0/1"],
  ["8000::/1"],
  ["true"],
  ["loopback"],
  ["10.0.0.0/33"],
  ["10.0.0.0/8/8"],
  ["::/64"],
  ["::1/80"],
  ["::ffff:10.0.0.0/100"],
  ["10.0.0.0/"],
])("to trust the proxies %o is refused", (TRUSTED_PROXIES) => {
  expect(problems({ ...valid, TRUSTED_PROXIES })).toEqual([
    "TRUSTED_PROXIES must list your own proxies' addresses or CIDRs, such as 10.0.0.1, 192.168.7.0/24: everyone's cannot be trusted",
  ]);
});

test("trusted proxies are addresses and CIDRs of both kinds", () => {
  expect(loadConfig({ ...valid, TRUSTED_PROXIES: " 10.0.0.0/8,192.168.1.7, ::1,fd00::/8 ,fc00::/7," }).trustedProxies).toHaveLength(5);
  expect(loadConfig(valid).trustedProxies).toEqual([]);
});

test("everything that is wrong is told at once, a line each, and no value is repeated in it", () => {
  const told = problems({
    SESSION_SECRET: "tooshort",
    PORT: "x",
    LOG_LEVEL: "x",
    DATABASE_URL: "mysql://app:hunter2@x",
    RATE_LIMIT_API: "x",
  });
  expect(told).toHaveLength(6);
  expect(told.map((line) => line.split(" ")[0])).toEqual(
    expect.arrayContaining(["SESSION_SECRET", "PORT", "LOG_LEVEL", "DATABASE_URL", "DATABASE_OWNER_URL", "RATE_LIMIT_API"]),
  );
  expect(told.join("\n")).not.toMatch(/tooshort|hunter2/);
});

test.each([
  ["300/1m", 300, 60_000],
  ["5/15m", 5, 900_000],
  ["1/30s", 1, 30_000],
  ["10/1h", 10, 3_600_000],
])("a limit of %s", (text, maxRequests, windowMs) => {
  expect(loadConfig({ ...valid, RATE_LIMIT_WRITE: text }).rateLimits.WRITE).toEqual({ maxRequests, windowMs });
});

test("connection_limit in the database's address goes before the variable", () => {
  expect(
    loadConfig({ ...valid, DATABASE_URL: `${valid.DATABASE_URL}?connection_limit=7`, DB_CONNECTION_LIMIT: "9" }).database.connectionLimit,
  ).toBe(7);
  expect(loadConfig({ ...valid, DB_CONNECTION_LIMIT: "9" }).database.connectionLimit).toBe(9);
});
