import { z } from "zod";
import { Email } from "./email.ts";
import { Flag, listOf, listQuery, Search } from "./list.ts";
import { ChangedFrom, Code, Name, recordFields } from "./primitives.ts";

export const Supplier = z
  .object({
    ...recordFields,
    code: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    website: z.string().nullable(),
    active: z.boolean(),
  })
  .meta({ id: "Supplier" });
export type Supplier = z.infer<typeof Supplier>;
export const SupplierList = listOf(Supplier).meta({ id: "SupplierList" });
export const SupplierQuery = z.strictObject({ ...listQuery, active: Flag.optional(), search: Search });

const contact = { email: Email.nullable(), phone: Name.nullable(), website: Name.nullable() };
const optionalContact = z.object(contact).partial().shape;
export const CreateSupplier = z.strictObject({ code: Code, name: Name, ...optionalContact }).meta({ id: "CreateSupplier" });
export type CreateSupplier = z.infer<typeof CreateSupplier>;
export const UpdateSupplier = z
  .strictObject({ version: ChangedFrom, name: Name.optional(), active: z.boolean().optional(), ...optionalContact })
  .meta({ id: "UpdateSupplier" });
export type UpdateSupplier = z.infer<typeof UpdateSupplier>;
