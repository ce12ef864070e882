import { z } from "zod";
import type { LogSinkSettings } from "#platform/log-sinks/log-sinks.ts";

// The variables of the services that get a copy of the log.

const address = (name: string, example: string) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), `${name} must be an address such as ${example}`)
    .optional();

const isDsn = (text: string) => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && username !== "" && /\/\d+$/.test(pathname);
};

export const logSinkVariables = {
  SENTRY_DSN: z
    .string()
    .refine(isDsn, "SENTRY_DSN must look like https://key@o1.ingest.sentry.io/2, as the project's settings show it")
    .optional(),
  DATADOG_API_KEY: z
    .string()
    .regex(/^[\w-]{16,128}$/, "DATADOG_API_KEY must be an API key of DataDog: 32 letters and digits")
    .optional(),
  DATADOG_SITE: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "DATADOG_SITE must be the site's name alone, such as datadoghq.eu")
    .default("datadoghq.com"),
  DATADOG_INTAKE_URL: address("DATADOG_INTAKE_URL", "https://http-intake.logs.datadoghq.eu"),
  CLOUDWATCH_LOG_GROUP: z
    .string()
    .regex(/^[\w./#-]{1,512}$/, "CLOUDWATCH_LOG_GROUP must be the name of a log group: up to 512 letters, digits and . / # _ -")
    .optional(),
  AWS_REGION: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "AWS_REGION must be a region such as eu-central-1")
    .optional(),
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: address("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "https://logs.eu-central-1.amazonaws.com"),
};

type Variables = z.output<z.ZodObject<typeof logSinkVariables>>;

/** Told together with whatever else is wrong. */
export const regionOfGroup = [
  (env: Partial<Variables>) => env.CLOUDWATCH_LOG_GROUP === undefined || env.AWS_REGION !== undefined,
  {
    path: ["AWS_REGION"] as PropertyKey[],
    error: "AWS_REGION is required with CLOUDWATCH_LOG_GROUP, such as eu-central-1",
    when: () => true,
  },
] satisfies Parameters<z.ZodType<Partial<Variables>>["refine"]>;

/** Only what is set up. */
export const logSinksOf = (env: Variables): LogSinkSettings => ({
  ...(env.SENTRY_DSN === undefined ? {} : { sentry: { dsn: env.SENTRY_DSN } }),
  ...(env.DATADOG_API_KEY === undefined
    ? {}
    : { datadog: { apiKey: env.DATADOG_API_KEY, intakeUrl: env.DATADOG_INTAKE_URL ?? `https://http-intake.logs.${env.DATADOG_SITE}` } }),
  ...(env.CLOUDWATCH_LOG_GROUP === undefined || env.AWS_REGION === undefined
    ? {}
    : { cloudwatch: { logGroup: env.CLOUDWATCH_LOG_GROUP, region: env.AWS_REGION, endpoint: env.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS } }),
});
