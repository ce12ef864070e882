/** What a constraint means to people, and the code a client can act on where it is a conflict with the present state. */
export interface ConstraintMeaning {
  message: string;
  fields: string[];
  conflict?: string;
}

export const toCamelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

// A constraint's name tells what it holds: <table>_<field>_<rule>. These are the rules.
const rules: readonly [suffix: string, (field: string) => string][] = [
  ["not_negative", (field) => `${field} must not be negative`],
  ["positive", (field) => `${field} must be greater than 0`],
  ["range", (field) => `${field} is out of its range`],
  ["length", (field) => `${field} is too short or too long`],
  ["known", (field) => `${field} is not one of the known values`],
  ["form", (field) => `${field} has the wrong form`],
  ["fkey", (field) => `${field} names something that does not exist`],
  ["key", (field) => `A record with this ${field} already exists`],
  ["pkey", () => "This record already exists"],
  ["once", (field) => `${field} can be there only once`],
];

// Where the name alone does not say enough.
const exceptions: Readonly<Record<string, ConstraintMeaning>> = {
  inventory_balance_on_hand_not_negative: { message: "There is not enough stock", fields: ["quantity"], conflict: "INSUFFICIENT_STOCK" },
  inventory_balance_allocated_on_hand: {
    message: "This stock is promised to a document",
    fields: ["quantity"],
    conflict: "INSUFFICIENT_STOCK",
  },
  inventory_balance_serial_once: { message: "This serial number is on hand already", fields: ["lotCode"], conflict: "SERIAL_ON_HAND" },
  inventory_event_reversed_once: { message: "This event is reversed already", fields: ["reversesEventId"], conflict: "ALREADY_REVERSED" },
  inventory_event_goes_somewhere: { message: "A movement needs a place it comes from or goes to", fields: ["toLocationId"] },
  inventory_event_from_complete: { message: "A place that stock is taken from needs its status", fields: ["status"] },
  inventory_event_to_complete: { message: "A place that stock goes to needs its status", fields: ["status"] },
  inventory_event_changes_something: { message: "Must differ from fromLocationId", fields: ["toLocationId"] },
  location_not_its_own_parent: { message: "A location cannot stand in itself", fields: ["parentId"] },
  idempotency_key_length: { message: "Must be 1 to 255 printable characters", fields: ["Idempotency-Key"] },
  item_barcode_length: { message: "code is too short or too long", fields: ["code"] },
  lot_of_item_key: { message: "This lot already exists", fields: ["code"] },
  inventory_allocation_once: { message: "This stock is promised to the document already", fields: ["quantity"] },
  location_item_range: { message: "Must not be less than the minimum", fields: ["maximum"] },
  transfer_goes_elsewhere: { message: "Must differ from fromSiteId", fields: ["toSiteId"] },
  transfer_line_no_more_than_sent: { message: "More than was sent cannot arrive", fields: ["quantity"] },
  cycle_count_planned_key: { message: "The count of this day is planned already", fields: ["plannedOn"] },
  cycle_count_planned_form: { message: "Must be there where nobody made the count", fields: ["plannedOn"] },
  location_of_site_key: { message: "This location already exists", fields: ["code"] },
};

/** The meaning of a constraint of the schema. A test walks all of them: none may be without one. */
export function describeConstraint(table: string, constraint: string): ConstraintMeaning {
  return knownMeaning(table, constraint) ?? { message: "This does not fit with what is stored", fields: [] };
}

export function knownMeaning(table: string, constraint: string): ConstraintMeaning | undefined {
  const exception = exceptions[constraint];
  if (exception) return exception;
  const name = constraint.startsWith(`${table}_`) ? constraint.slice(table.length + 1) : constraint;
  for (const [suffix, tell] of rules) {
    if (name === suffix) return { message: tell("This"), fields: [] };
    if (!name.endsWith(`_${suffix}`)) continue;
    const field = toCamelCase(name.slice(0, -suffix.length - 1));
    return { message: tell(field), fields: [field] };
  }
  return undefined;
}
