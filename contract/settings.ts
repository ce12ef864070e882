import { z } from "zod";
import { numberWithin } from "./numbers.ts";
import { ChangedFrom, Name, recordFields, TimeZone, UnitCost } from "./primitives.ts";

const Percent = numberWithin({ min: 0, max: 100, decimals: 4 });

/** An ISO 4217 code of a currency that there is, such as `EUR`. */
export const Currency = z
  .string()
  .max(3, "Must be the three letters of a currency, such as EUR")
  .refine((code) => Intl.supportedValuesOf("currency").includes(code), "Must be the three letters of a currency, such as EUR");

/** What a company decides for itself, and what holds as long as it has not. */
export const companyRules = {
  /** How much more than ordered may arrive, in percent of the ordered quantity. */
  overReceiptTolerancePercent: Percent,
  /** Whoever submits an order may approve it too. */
  selfApproval: z.boolean(),
  /** A counted difference within both may be approved with all others like it: in percent of the books, and in money. */
  countTolerancePercent: Percent,
  countToleranceValue: UnitCost,
  /** Every night items are classed anew by the value that moved out of them; otherwise their classes stay as somebody set them. */
  abcClassesNightly: z.boolean(),
  /** So many days before its date a lot counts as expiring. */
  expiryWarningDays: z.int().min(0, "Must not be negative").max(3_650, "Must be at most 3650"),
};
const Rules = z.object(companyRules);
export type CompanyRules = z.infer<typeof Rules>;
export const defaultRules: CompanyRules = {
  overReceiptTolerancePercent: 0,
  selfApproval: false,
  countTolerancePercent: 0,
  countToleranceValue: 0,
  abcClassesNightly: false,
  expiryWarningDays: 30,
};

/** Every rule with the value that holds, the company's own or the default. */
export const Settings = z
  .object({ ...recordFields, name: z.string(), currency: z.string(), timeZone: z.string(), ...companyRules })
  .meta({ id: "Settings" });
export type Settings = z.infer<typeof Settings>;

/** The currency changes only while nothing was ever moved or ordered: the amounts stored are in it. */
export const UpdateSettings = z
  .strictObject({
    version: ChangedFrom,
    name: Name.optional(),
    currency: Currency.optional(),
    timeZone: TimeZone.optional(),
    ...Rules.partial().shape,
  })
  .meta({ id: "UpdateSettings" });
export type UpdateSettings = z.infer<typeof UpdateSettings>;
