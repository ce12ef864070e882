/**
 * Every table and its columns, for Kysely. Each owner of a table adds its own, beside the code that writes it:
 * `declare module "#platform/database/tables.ts" { interface Tables { lot: LotTable } }`
 */
// oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-empty-interface
export interface Tables {}
