import type { ItemUnit, Tracking } from "#contract/catalog.ts";
import type { FieldError } from "#contract/errors.ts";

/** What decides in which quantities an item can be stored. */
export interface Measures {
  baseUom: string;
  tracking: Tracking;
  units: readonly ItemUnit[];
}

export interface KnownUnit {
  whole: boolean;
  active: boolean;
}

/**
 * Faults in an item's units: one that is unknown or no longer used, one named twice, or a fraction of what is counted whole.
 * `kept`: codes that the item has already, and may keep although they are no longer active.
 */
export function findUnitFaults(
  { baseUom, tracking, units }: Measures,
  known: ReadonlyMap<string, KnownUnit>,
  kept: ReadonlySet<string>,
): FieldError[] {
  const faults: FieldError[] = [];
  const usable = (code: string) => known.get(code)?.active || (known.has(code) && kept.has(code));
  const counted = known.get(baseUom)?.whole === true;
  if (!usable(baseUom)) faults.push({ path: "baseUom", message: `${baseUom} is not an active unit` });
  else if (tracking === "SERIAL" && !counted)
    faults.push({ path: "tracking", message: `Serial numbers need a unit that is counted, and ${baseUom} is not` });
  const seen = new Set([baseUom]);
  for (const [index, { uom, factor }] of units.entries()) {
    if (seen.has(uom)) faults.push({ path: `units.${index}.uom`, message: uom === baseUom ? "Is the base unit" : "Is there twice" });
    else if (!usable(uom)) faults.push({ path: `units.${index}.uom`, message: `${uom} is not an active unit` });
    if (counted && !Number.isInteger(factor))
      faults.push({ path: `units.${index}.factor`, message: `Must be whole: ${baseUom} is counted, never cut` });
    seen.add(uom);
  }
  return faults;
}
