import { ImportParams, ImportQuery, ImportResult } from "#contract/data-exchange.ts";
import { AppError, ExternalServiceError } from "#platform/errors.ts";
import { hashOfRequest, readIdempotencyKey } from "#platform/http/idempotency.ts";
import { boundedBody } from "#platform/http/request-body.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { admins, Answer } from "#platform/http/route.ts";
import { checkedText } from "#platform/uploads/checked-text.ts";
import { importCsv } from "./import-csv.ts";

const fileBytesMax = 100 * 1024 * 1024;
/** Each has a database connection of its own, beside the pool. */
const runningMax = 4;
let running = 0;

export const dataExchangeRoutes = [
  MiddlewarePresets.write({
    method: "POST",
    path: "/import/{kind}",
    summary: "Bring in a CSV file: whole or not at all, unless bad rows are to be skipped",
    roles: admins,
    params: ImportParams,
    query: ImportQuery,
    acceptsFile: { types: ["text/csv"], maxBytes: fileBytesMax },
    response: ImportResult,
    transaction: "none",
    handler: async ({ params, query, context, services, request }) => {
      if (running >= runningMax) throw new ExternalServiceError("Several imports are under way: try again in a moment", "IMPORTS_BUSY");
      running++;
      try {
        const key = readIdempotencyKey(request.raw);
        const { refused, replayed, ...result } = await importCsv({
          ...query,
          connection: services.settings.databaseUrl,
          context,
          kind: params.kind,
          siteCode: query.siteCode?.trim().toUpperCase(),
          stream: checkedText(boundedBody(request.raw, fileBytesMax)),
          once: key === undefined ? undefined : { key, hashOf: (fileHash) => hashOfRequest("POST", request.raw.url, fileHash) },
        });
        // A dry run tells what is wrong; the import itself refuses.
        if (refused && !result.dryRun) throw badRowsError(result);
        return replayed ? new Answer(result, { headers: { "Idempotency-Replayed": "true" } }) : result;
      } finally {
        running--;
      }
    },
  }),
];

function badRowsError({ rowsRead, rowsBad, badRows }: ImportResult): AppError {
  const errors = badRows.map(({ line, column, reason }) => ({
    path: column === "" ? `line ${line}` : `line ${line}, ${column}`,
    message: reason,
  }));
  const message = `${rowsBad} of ${rowsRead} rows are bad: nothing was imported`;
  return new AppError(message, { statusCode: 400, code: "VALIDATION_ERROR", details: { errors, rowsRead, rowsBad, badRows } });
}
