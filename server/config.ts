import { readFileSync } from "node:fs";
import { z } from "zod";
import { isHuge, parseNetwork } from "#platform/ip-address.ts";
import { RateLimitPresets } from "#platform/rate-limit/limits.ts";
import type { RateLimitSetting } from "#platform/rate-limit/rate-limit.ts";
import { logSinksOf, logSinkVariables, regionOfGroup } from "./config-log-sinks.ts";

// The one place that reads environment variables. Everything else is given what it needs.

const secretHelp = "Generate a secure secret with: openssl rand -base64 32";

/** Several secrets, comma-separated: the first signs, all verify. */
const sessionSecrets = z
  .string(`SESSION_SECRET environment variable is required. ${secretHelp}`)
  .min(1, `SESSION_SECRET environment variable is required. ${secretHelp}`)
  .transform((text) => text.split(",").map((secret) => secret.trim()))
  .refine((secrets) => secrets.every((secret) => secret.length >= 32), "SESSION_SECRET must be at least 32 characters long for security");

const postgresUrl = (name: string) =>
  z
    .string(`${name} is required: postgresql://user:password@host:port/database (or use npm start, which brings its own PostgreSQL)`)
    .refine(
      (text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol),
      `${name} must look like postgresql://user:password@host:port/database`,
    );

const connectionLimitMax = 1_000;
const isConnectionLimit = (text: string) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= connectionLimitMax;
/** The bound of the pool may stand in the address, too. */
const connectionLimits = (text: string) => (URL.canParse(text) ? new URL(text).searchParams.getAll("connection_limit") : []);

/** What is not blank, and has none around it that nobody sees. */
const word = (name: string, what: string, pattern: RegExp) => z.string().refine((text) => pattern.test(text), `${name} must be ${what}`);
const folder = (name: string, byDefault: string) => word(name, `a folder, such as ${byDefault}`, /^\S(.*\S)?$/s).default(byDefault);

const isPublicUrl = (text: string) => /^https?:\/\/[^\s/@?#\\]+(\/[^\s?#\\]*)?$/i.test(text) && URL.canParse(text);

const integer = (name: string, min: number, max: number, byDefault: number) =>
  z
    .string()
    .optional()
    .transform((text) => (text === undefined ? byDefault : /^\d+$/.test(text) ? Number(text) : Number.NaN))
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, `${name} must be a whole number from ${min} to ${max}`);

const flag = (name: string, byDefault: boolean) =>
  z
    .enum(["true", "false"], `${name} must be true or false`)
    .optional()
    .transform((text) => (text === undefined ? byDefault : text === "true"));

const windowUnits: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000 };
const rateLimit = <Default extends RateLimitSetting | undefined>(name: string, byDefault: Default) =>
  z
    .string()
    .optional()
    .refine(
      (text) => text === undefined || /^[1-9]\d{0,8}\/[1-9]\d{0,5}[smh]$/.test(text),
      `${name} must look like 300/1m: requests, a slash, and a span in s, m or h`,
    )
    .transform((text): RateLimitSetting | Default => {
      if (text === undefined) return byDefault;
      const [requests, span = ""] = text.split("/");
      return { maxRequests: Number(requests), windowMs: Number(span.slice(0, -1)) * (windowUnits[span.slice(-1)] ?? 0) };
    });
const preset = (name: keyof typeof RateLimitPresets) => {
  const { maxRequests, windowMs } = RateLimitPresets[name];
  return rateLimit(`RATE_LIMIT_${name}`, { maxRequests, windowMs });
};

/** Whose `X-Forwarded-For` is believed. To believe everyone's would let everyone choose their address. */
const trustedProxies = z
  .string()
  .default("")
  .transform((text) => text.split(",").map((entry) => entry.trim()))
  .transform((entries) => entries.filter((entry) => entry !== "").map((entry) => parseNetwork(entry)))
  .refine(
    (networks) => networks.every((network) => network && !isHuge(network)),
    "TRUSTED_PROXIES must list your own proxies' addresses or CIDRs, such as 10.0.0.1, 192.168.7.0/24: everyone's cannot be trusted",
  )
  .transform((networks) => networks.filter((network) => network !== undefined));

const isOrigin = (text: string) => /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** Origins as browsers tell them. A wildcard would be everyone, with the cookies of our users. */
const corsOrigins = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ""),
  )
  .refine(
    (entries) => entries.every(isOrigin),
    "CORS_ORIGINS must list whole origins, such as https://reports.example, https://shop.example:8443: no path, no wildcard",
  );
const isSmtpUrl = (text: string) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== "";
const mailSender = /^([^<>@\p{C}]+ <[^\s<>@,;\p{C}]+@[^\s<>@,;\p{C}]+>|[^\s<>@,;\p{C}]+@[^\s<>@,;\p{C}]+)$/u;

const Environment = z.object({
  NODE_ENV: z.enum(["development", "test", "production"], "NODE_ENV must be development, test or production").default("development"),
  HOST: word("HOST", "the address or name to listen at, such as 127.0.0.1", /^\S+$/).default("127.0.0.1"),
  PORT: integer("PORT", 0, 65_535, 3_000),
  PUBLIC_URL: z
    .string()
    // Of another scheme the origin is "null", and so is that of a page in a sandbox. What links in mails begin with holds no password.
    .refine(isPublicUrl, "PUBLIC_URL must be an address such as https://stock.example: no user or password, nothing behind ? or #")
    .transform((text) => text.replace(/\/+$/, ""))
    .optional(),
  CORS_ORIGINS: corsOrigins,
  APP_VERSION: z.string().optional(),
  DATA_DIR: folder("DATA_DIR", ".data"),
  WEB_ROOT: folder("WEB_ROOT", "dist/web"),
  SESSION_SECRET: sessionSecrets,
  // A session's last use is written at most once a minute: within one, nobody would ever be seen to be busy.
  SESSION_IDLE_TIMEOUT_MINUTES: integer("SESSION_IDLE_TIMEOUT_MINUTES", 2, 7 * 24 * 60, 12 * 60),
  SESSION_ABSOLUTE_TIMEOUT_HOURS: integer("SESSION_ABSOLUTE_TIMEOUT_HOURS", 1, 24 * 90, 7 * 24),
  SMTP_URL: z
    .string()
    .refine(isSmtpUrl, "SMTP_URL must look like smtp://user:password@host:587, or smtps:// for TLS from the first byte")
    .optional(),
  MAIL_FROM: z
    .string()
    .refine((text) => mailSender.test(text), "MAIL_FROM must look like stock@example.com or Warehouse <stock@example.com>")
    .optional(),
  DATABASE_URL: postgresUrl("DATABASE_URL").refine(
    (text) => connectionLimits(text).every(isConnectionLimit),
    `DATABASE_URL: connection_limit in it must be a whole number from 1 to ${connectionLimitMax}`,
  ),
  DATABASE_OWNER_URL: postgresUrl("DATABASE_OWNER_URL"),
  DB_CONNECTION_LIMIT: integer("DB_CONNECTION_LIMIT", 1, connectionLimitMax, 20),
  DB_POOL_TIMEOUT: integer("DB_POOL_TIMEOUT", 1, 600, 30),
  DB_FIRST_ANSWER_TIMEOUT: integer("DB_FIRST_ANSWER_TIMEOUT", 1, 600, 5),
  DB_STATEMENT_CACHE_SIZE: integer("DB_STATEMENT_CACHE_SIZE", 0, 100_000, 500),
  DB_SLOW_QUERY_MS: integer("DB_SLOW_QUERY_MS", 0, 600_000, 1_000),
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error", "fatal", "silent"], "LOG_LEVEL must be debug, info, warn, error, fatal or silent")
    .default("info"),
  LOG_QUERIES: flag("LOG_QUERIES", false),
  ...logSinkVariables,
  RATE_LIMIT_AUTH: preset("AUTH"),
  RATE_LIMIT_API: preset("API"),
  RATE_LIMIT_WRITE: preset("WRITE"),
  RATE_LIMIT_SENSITIVE: preset("SENSITIVE"),
  RATE_LIMIT_TENANT: rateLimit("RATE_LIMIT_TENANT", undefined),
  RATE_LIMIT_BLOCK: rateLimit("RATE_LIMIT_BLOCK", { maxRequests: 50, windowMs: 600_000 }),
  REDIS_URL: z
    .string()
    .refine(
      (text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol),
      "REDIS_URL must look like redis://user:password@host:port, or rediss:// for TLS",
    )
    .optional(),
  TRUSTED_PROXIES: trustedProxies,
  MAX_REQUESTS_IN_FLIGHT: integer("MAX_REQUESTS_IN_FLIGHT", 1, 1_000_000, 1_000),
  MAX_EVENT_LOOP_DELAY_MS: integer("MAX_EVENT_LOOP_DELAY_MS", 10, 60_000, 500),
  OPERATOR_TENANT: z
    .string()
    .trim()
    .toLowerCase()
    .refine((text) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text), "OPERATOR_TENANT must be a company's code, such as acme-north")
    .optional(),
  ENABLE_GRACEFUL_SHUTDOWN: flag("ENABLE_GRACEFUL_SHUTDOWN", true),
  SHUTDOWN_DELAY_SECONDS: integer("SHUTDOWN_DELAY_SECONDS", 0, 300, 0),
});

/** Every problem at once, one line each: name, what is wrong, how to put it right. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const requestsInFlightMs = 30_000;

/** Told together with whatever else is wrong, but for the address itself. */
const senderOfMail = [
  (env: { SMTP_URL?: string | undefined; MAIL_FROM?: string | undefined }) =>
    env.SMTP_URL === undefined || !isSmtpUrl(env.SMTP_URL) || env.MAIL_FROM !== undefined,
  {
    path: ["MAIL_FROM"] as PropertyKey[],
    error: "MAIL_FROM is required with SMTP_URL: the address that mails come from, such as stock@example.com",
    when: () => true,
  },
] satisfies Parameters<z.ZodType<{ SMTP_URL?: string; MAIL_FROM?: string }>["refine"]>;

export type Config = ReturnType<typeof loadConfig>;

/** At which level every query is logged: a developer who looks at debug lines sees them all, an operator where it is asked for. */
function queryLevelOf(env: { LOG_QUERIES: boolean; NODE_ENV: string }): "debug" | "info" | undefined {
  if (env.LOG_QUERIES) return "info";
  return env.NODE_ENV === "development" ? "debug" : undefined;
}

/** Reads and checks the environment. Throws `ConfigError` with a line per problem. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>) {
  // An empty variable, as in a compose file with an unset value, means that it is not set.
  const parsed = Environment.refine(...regionOfGroup)
    .refine(...senderOfMail)
    .safeParse(Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== "")));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return issue.message.startsWith(name) ? issue.message : `${name}: ${issue.message}`;
    });
    throw new ConfigError([...new Set(problems)]);
  }
  const env = parsed.data;
  return {
    environment: env.NODE_ENV,
    production: env.NODE_ENV === "production",
    version: env.APP_VERSION ?? packageVersion(),
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL ?? `http://127.0.0.1:${env.PORT}`,
    corsOrigins: env.CORS_ORIGINS,
    dataDir: env.DATA_DIR,
    webRoot: env.WEB_ROOT,
    session: {
      secrets: env.SESSION_SECRET,
      idleMinutes: env.SESSION_IDLE_TIMEOUT_MINUTES,
      absoluteHours: env.SESSION_ABSOLUTE_TIMEOUT_HOURS,
    },
    mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM ?? "Warehouse Builder <warehouse@localhost>" },
    database: {
      url: env.DATABASE_URL,
      ownerUrl: env.DATABASE_OWNER_URL,
      connectionLimit: Number(connectionLimits(env.DATABASE_URL)[0] ?? env.DB_CONNECTION_LIMIT),
      poolTimeoutMs: env.DB_POOL_TIMEOUT * 1_000,
      firstAnswerTimeoutMs: env.DB_FIRST_ANSWER_TIMEOUT * 1_000,
      statementCacheSize: env.DB_STATEMENT_CACHE_SIZE,
      slowQueryMs: env.DB_SLOW_QUERY_MS,
    },
    log: {
      level: env.LOG_LEVEL,
      queries: queryLevelOf(env),
      sinks: logSinksOf(env),
    },
    rateLimits: {
      AUTH: env.RATE_LIMIT_AUTH,
      API: env.RATE_LIMIT_API,
      WRITE: env.RATE_LIMIT_WRITE,
      SENSITIVE: env.RATE_LIMIT_SENSITIVE,
      TENANT: env.RATE_LIMIT_TENANT,
      BLOCK: env.RATE_LIMIT_BLOCK,
    },
    redisUrl: env.REDIS_URL,
    trustedProxies: env.TRUSTED_PROXIES,
    overload: { inFlightMax: env.MAX_REQUESTS_IN_FLIGHT, eventLoopDelayMaxMs: env.MAX_EVENT_LOOP_DELAY_MS },
    operatorTenant: env.OPERATOR_TENANT,
    // Without grace nobody is waited for: neither balancers nor requests in flight. Everything else ends as it should.
    shutdownDelayMs: env.ENABLE_GRACEFUL_SHUTDOWN ? env.SHUTDOWN_DELAY_SECONDS * 1_000 : 0,
    requestsInFlightMs: env.ENABLE_GRACEFUL_SHUTDOWN ? requestsInFlightMs : 0,
  };
}

function packageVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
