import { LIMITS } from "#contract/limits.ts";
import * as cells from "#features/data-exchange/cells.ts";
import { stepsByKind } from "#features/data-exchange/kinds.ts";
import { routes } from "#server/app.ts";
import { fieldsOf } from "#tests/support/route-fields.ts";
import { keyOf } from "#tests/support/route-requests.ts";

/** What reaches a screen without a field of the API's own. */
// Of an unknown program's User-Agent its first word is shown.
const elsewhere = { "the User-Agent of a sign-in": 20 };

const lengthsOfCells = new Map<unknown, number>([
  [cells.code, LIMITS.MAX_CODE_LENGTH],
  [cells.unitCode, 16],
  [cells.lotCode, LIMITS.MAX_CODE_LENGTH],
  [cells.barcode, 128],
  [cells.name, LIMITS.MAX_NAME_LENGTH],
  [cells.longText, LIMITS.MAX_STRING_LENGTH],
  [cells.email, LIMITS.MAX_EMAIL_LENGTH],
]);

/** Every field of a request or a file that takes a text of any letters, and how long: `POST /sites name`, `import items sku`. */
export function textFields(): Map<string, number> {
  const ofRoutes = routes.flatMap((route) =>
    fieldsOf(route).flatMap(({ place, path, textLength }): [string, number][] =>
      place === "body" && textLength !== undefined ? [[`${keyOf(route)} ${path}`, textLength]] : [],
    ),
  );
  const ofFiles = Object.values(stepsByKind).flatMap(({ kind }) =>
    kind.columns.flatMap(({ name, cell }): [string, number][] => {
      const length = lengthsOfCells.get(cell);
      return length === undefined ? [] : [[`import ${kind.kind} ${name}`, length]];
    }),
  );
  return new Map([...ofRoutes, ...ofFiles, ...Object.entries(elsewhere)]);
}

/** Fields whose text is not kept, or whose text is not free; each with why. */
export const notKept: Readonly<Record<string, string>> = {
  "POST /auth/login email": "compared only",
  "POST /auth/login password": "compared only",
  "POST /auth/login tenant": "compared only",
  "POST /auth/switch-tenant tenant": "compared only",
  "PUT /auth/password currentPassword": "compared only",
  "PUT /auth/password newPassword": "kept as a hash",
  "POST /auth/password-reset email": "compared only",
  "POST /auth/password-reset/look token": "compared only",
  "POST /auth/password-reset/confirm token": "compared only",
  "POST /auth/password-reset/confirm password": "kept as a hash",
  "PATCH /settings currency": "one of the currencies there are",
  "PATCH /settings timeZone": "one of the time zones there are",
  "POST /sites timeZone": "one of the time zones there are",
  "PATCH /sites/{id} timeZone": "one of the time zones there are",
  "POST /admin/security/blocked-addresses address": "an address of the network",
  "POST /admin/security/blocked-addresses/unblock address": "an address of the network",
};

/**
 * Fields of documents that no screen is for yet. A test sees to it that this is so: the first screen takes its line away, and its
 * fields are filled then.
 */
export const withoutScreens: readonly { fields: RegExp; screens: RegExp }[] = [
  { fields: /^\w+ \/purchasing\/(supplier-items|purchase-orders|receipts)\b/, screens: /^\/(purchas|supplier|order|receipt)/ },
  { fields: /^\w+ \/inventory\/lots\/\{id\}\/(hold|release|recall)\b/, screens: /^\/lots?\b/ },
  { fields: /^import (supplier-items|purchase-orders|boms)\b/, screens: /^\/(purchas|supplier|order|receipt|production|bom)/ },
  { fields: /^\w+ \/manufacturing\b/, screens: /^\/(manufactur|production|bom)/ },
  { fields: /^\w+ \/inventory\/transfers\b/, screens: /^\/transfers?\b/ },
  { fields: /^\w+ \/alerts\b/, screens: /^\/alerts?\b/ },
  { fields: /^\w+ \/cycle-counts\b/, screens: /^\/(cycle-)?counts?\b/ },
];

const contact = ["name", "email", "phone", "website"];
/** Kept by the server, and on no screen yet. A screen that shows one takes its line away. */
export const shownNowhere: readonly string[] = [
  "POST /inventory/lots code", // A lot is shown with its stock; this one has none.
  "POST /inventory/units name",
  "PATCH /inventory/units/{id} name",
  "import units name",
  "POST /inventory/lots supplierLot",
  "PATCH /inventory/lots/{id} supplierLot",
  "POST /sites address",
  "PATCH /sites/{id} address",
  "POST /sites/{id}/locations barcode",
  "PATCH /locations/{id} barcode",
  "import locations barcode",
  ...["code", ...contact].flatMap((field) => [`POST /purchasing/suppliers ${field}`, `import suppliers ${field}`]),
  ...contact.map((field) => `PATCH /purchasing/suppliers/{id} ${field}`),
];
