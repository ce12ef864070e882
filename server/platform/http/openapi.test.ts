import { expect, test } from "vitest";
import { routes } from "#server/app.ts";
import { openApiDocument } from "./openapi.ts";

const document = openApiDocument(routes, { version: "1.2.3", cookie: "__Host-session" }) as {
  paths: Record<string, Record<string, { operationId: string; parameters: { in: string; name: string }[] }>>;
  components: { schemas: object; securitySchemes: object };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("describes every route, each under a name of its own", () => {
  expect(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual(
    routes.map(({ method, path }) => `${method} /api/v1${path}`).toSorted(),
  );
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
});

test("every parameter of a path is described, and every reference leads somewhere", () => {
  for (const { path, operation } of operations) {
    const described = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`);
    expect(path.match(/\{\w+\}/g) ?? []).toEqual(described);
  }
  const referred = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = ""]) => reference);
  const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect(referred.filter((reference) => !known.includes(reference))).toEqual([]);
});

test("names the cookie as it is called in this server", () => {
  expect(document.components.securitySchemes).toEqual({ session: { type: "apiKey", in: "cookie", name: "__Host-session" } });
});
