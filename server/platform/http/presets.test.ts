import { expect, test } from "vitest";
import { z } from "zod";
import { MiddlewarePresets } from "./presets.ts";
import { admins, createSecureRoute, everyRole, supervisors, workers } from "./route.ts";

const handler = async () => ({});
const rest = { method: "GET", path: "/x", summary: "x", response: z.object({}), handler } as const;

test.each([
  ["public", { requiresAuth: false, rateLimit: "API" }],
  ["authenticated", { requiresAuth: true, roles: everyRole, rateLimit: "API" }],
  ["adminOnly", { requiresAuth: true, roles: admins, rateLimit: "API" }],
  ["write", { requiresAuth: true, roles: workers, rateLimit: "WRITE" }],
  ["sensitive", { requiresAuth: true, roles: admins, rateLimit: "SENSITIVE" }],
  ["auth", { requiresAuth: false, rateLimit: "AUTH" }],
] as const)("%s makes a route of its fields, and of a handler what a route still needs", (name, rule) => {
  // One preset's type stands for all of them here: which one it is, is what differs.
  const preset = MiddlewarePresets[name] as typeof MiddlewarePresets.public;
  expect(preset(rest)).toEqual({ ...rest, ...rule });
  expect(preset(handler)).toEqual({ ...rule, handler });
  expect(createSecureRoute({ ...rest, ...preset(handler) })).toEqual(preset(rest));
});

test("a route may name other roles than its preset's", () => {
  expect(MiddlewarePresets.write({ ...rest, roles: supervisors })).toMatchObject({ roles: supervisors, rateLimit: "WRITE" });
});

test("a preset does not make up for what is missing besides", () => {
  expect(() => MiddlewarePresets.adminOnly({ ...rest, method: "POST" })).toThrow("Route POST /x: has no schema of its body");
});
