import { expect, test } from "vitest";
import { provisionTenant } from "#tests/support/fixtures.ts";
import { createTestDatabase } from "#tests/support/test-database.ts";
import { firstCompany } from "./first-company.ts";

test("the company that was there first runs the installation; without one nobody does", async () => {
  const { ownerUrl } = await createTestDatabase("first company");
  expect(await firstCompany(ownerUrl)).toBeUndefined();
  await provisionTenant(ownerUrl, "globex");
  await provisionTenant(ownerUrl, "acme");
  expect(await firstCompany(ownerUrl)).toBe("globex");
});
