import { code, email, flag, name } from "./cells.ts";
import type { RecordKind } from "./kind.ts";

export const suppliers: RecordKind = {
  kind: "suppliers",
  table: "supplier",
  entity: "supplier",
  key: ["code"],
  duplicatesCollapse: true,
  columns: [
    { name: "code", cell: code, required: true },
    { name: "name", cell: name, required: true },
    { name: "email", cell: email },
    { name: "phone", cell: name },
    { name: "website", cell: name },
    { name: "active", cell: flag, whenEmpty: "true" },
  ],
};
