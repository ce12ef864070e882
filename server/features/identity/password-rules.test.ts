import { describe, expect, test } from "vitest";
import { ValidationError } from "#platform/errors.ts";
import { faultsOfPassword, requireGoodPassword } from "./password-rules.ts";

const owner = { email: "ann.smith@acme.example", name: "Ann Smith", tenantName: "Northwind Traders" };
const short = "Password must be at least 12 characters long";
const long = "Password must be at most 128 characters long";
const plain = "Password must contain at least 3 of: uppercase, lowercase, number, special character";
const common = "Password is one of the most common ones";
const yourEmail = "Password must not be your e-mail address";
const yourName = "Password must not be your name";
const yourCompany = "Password must not be your company's name";

describe("a password", () => {
  test.each([
    ["Blue-Forklift-42"],
    ["blue forklift 42 in aisle seven"],
    ["Straße über Größe 1"],
    ["пароль-Длинный-42"],
    ["🔑🔑🔑🔑 forty-2 keys"],
    ["A1!".padEnd(128, "x")],
    // A character is one, however many bytes it is made of.
    [`A1!${"🔑".repeat(125)}`],
    // Own words among enough others.
    ["Ann-counts-boxes-42"],
    ["Northwind-is-cold-42"],
    ["my smith hammers Iron 9"],
  ])("is good: %j", async (password) => {
    expect(await faultsOfPassword(password, owner)).toEqual([]);
  });

  test.each([
    ["", [short, plain]],
    ["weak123", [short, plain]],
    ["Abcdefgh1!x", [short]],
    ["A1!".padEnd(129, "x"), [long]],
    ["Aa1🔑🔑🔑🔑🔑🔑🔑🔑", [short]],
    [`A1!${"🔑".repeat(126)}`, [long]],
    ["alllowercaseletters", [plain]],
    ["ALLUPPERCASE123", [plain]],
    ["letmein", [short, plain, common]],
    ["Password1234", [common]],
    ["password1234", [plain, common]],
    ["Ann.Smith@acme.example", [yourEmail]],
    ["ann.smith@ACME.example1", [yourEmail]],
    ["Ann-Smith-2026", [yourEmail]],
    ["AnnSmith1234!", [yourEmail]],
    ["Northwind Traders 1", [yourCompany]],
    ["NORTHWIND traders 2026", [yourCompany]],
  ])("%j has these faults, all told at once", async (password, faults) => {
    expect(await faultsOfPassword(password, owner)).toEqual(faults);
  });

  test("is not the name of someone whose address is another", async () => {
    expect(await faultsOfPassword("Ann-Smith-2026", { ...owner, email: "as@acme.example" })).toEqual([yourName]);
  });

  test("may hold words too short to be anyone's name", async () => {
    expect(await faultsOfPassword("Bo-Bo-Bo-Bo-12", { ...owner, name: "Bo", email: "b@acme.example" })).toEqual([]);
  });

  test("is refused with every fault at its field", async () => {
    const refusal = requireGoodPassword("letmein", owner, "newPassword");
    await expect(refusal).rejects.toBeInstanceOf(ValidationError);
    await expect(refusal).rejects.toMatchObject({
      details: { errors: [short, plain, common].map((message) => ({ path: "newPassword", message })) },
    });
  });
});
