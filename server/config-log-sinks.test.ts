import { describe, expect, test } from "vitest";
import { ConfigError, loadConfig } from "./config.ts";

const valid = {
  SESSION_SECRET: "0123456789abcdef0123456789abcdef",
  DATABASE_URL: "postgresql://app:x@127.0.0.1/warehouse",
  DATABASE_OWNER_URL: "postgresql://owner:x@127.0.0.1/warehouse",
};
const sinksOf = (more: Record<string, string>) => loadConfig({ ...valid, ...more }).log.sinks;
const problemsOf = (more: Record<string, string>): readonly string[] => {
  try {
    loadConfig({ ...valid, ...more });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

const apiKey = "0123456789abcdef0123456789abcdef";

test("without their variables there are none", () => {
  expect(sinksOf({})).toEqual({});
  expect(sinksOf({ DATADOG_SITE: "datadoghq.eu", AWS_REGION: "eu-central-1", SENTRY_DSN: "" })).toEqual({});
});

describe("each is set up by its own", () => {
  test("Sentry", () => {
    const dsn = "https://public@o1.ingest.sentry.io/42";
    expect(sinksOf({ SENTRY_DSN: dsn })).toEqual({ sentry: { dsn } });
  });
  test("DataDog, in the United States unless said otherwise", () => {
    expect(sinksOf({ DATADOG_API_KEY: apiKey })).toEqual({ datadog: { apiKey, intakeUrl: "https://http-intake.logs.datadoghq.com" } });
    expect(sinksOf({ DATADOG_API_KEY: apiKey, DATADOG_SITE: "datadoghq.eu" }).datadog?.intakeUrl).toBe(
      "https://http-intake.logs.datadoghq.eu",
    );
    expect(sinksOf({ DATADOG_API_KEY: apiKey, DATADOG_INTAKE_URL: "http://127.0.0.1:1" }).datadog?.intakeUrl).toBe("http://127.0.0.1:1");
  });
  test("CloudWatch", () => {
    const cloudwatch = { logGroup: "/warehouse/production", region: "eu-central-1" };
    expect(sinksOf({ CLOUDWATCH_LOG_GROUP: cloudwatch.logGroup, AWS_REGION: cloudwatch.region })).toEqual({ cloudwatch });
  });
});

test.each([
  [{ SENTRY_DSN: "sentry" }, /^SENTRY_DSN must look like https:/],
  [{ SENTRY_DSN: "https://o1.ingest.sentry.io/42" }, /^SENTRY_DSN must look like/],
  [{ SENTRY_DSN: "https://public@o1.ingest.sentry.io/" }, /^SENTRY_DSN must look like/],
  [{ DATADOG_API_KEY: "short" }, /^DATADOG_API_KEY must be an API key/],
  [{ DATADOG_SITE: "https://datadoghq.eu" }, /^DATADOG_SITE must be the site's name alone/],
  [{ DATADOG_INTAKE_URL: "nowhere" }, /^DATADOG_INTAKE_URL must be an address/],
  [{ CLOUDWATCH_LOG_GROUP: "a b", AWS_REGION: "eu-central-1" }, /^CLOUDWATCH_LOG_GROUP must be the name/],
  [{ CLOUDWATCH_LOG_GROUP: "a" }, /^AWS_REGION is required with CLOUDWATCH_LOG_GROUP/],
  [{ AWS_REGION: "Frankfurt" }, /^AWS_REGION must be a region/],
])("%o is refused with what would be right", (more, problem) => {
  expect(problemsOf(more)).toEqual([expect.stringMatching(problem)]);
});

test("no problem holds the secret that it is about", () => {
  expect(problemsOf({ DATADOG_API_KEY: "canary key", SENTRY_DSN: "canary://canary" }).join()).not.toContain("canary");
});

test("a region that is missing is told with whatever else is wrong", () => {
  expect(problemsOf({ CLOUDWATCH_LOG_GROUP: "a", PORT: "x" })).toHaveLength(2);
});
