import { z } from "zod";
import { countLinesMax } from "./counting.ts";
import { numberWithin } from "./numbers.ts";
import { ChangedFrom, Name, recordFields, TimeZone, UnitCost } from "./primitives.ts";

const Percent = numberWithin({ min: 0, max: 100, decimals: 4 });

/** How often something is done; null for never. */
const EveryDays = z.int().min(1, "Must be at least 1").max(3_650, "Must be at most 3650").nullable();

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
  /** So many days after it was counted an item of the class is to be counted again; null for classes that nobody is reminded of. */
  countEveryDaysA: EveryDays,
  countEveryDaysB: EveryDays,
  countEveryDaysC: EveryDays,
  /** So many lines at most a site and day are planned of what is due. */
  countLinesPerDay: z.int().min(1, "Must be at least 1").max(countLinesMax, `Must be at most ${countLinesMax}`),
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
  countEveryDaysA: null,
  countEveryDaysB: null,
  countEveryDaysC: null,
  countLinesPerDay: 50,
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
