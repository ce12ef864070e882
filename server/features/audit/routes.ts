import { sql } from "kysely";
import type { z } from "zod";
import { AuditEventList, AuditEventQuery, type AuditEvent } from "#contract/identity.ts";
import { admins, createSecureRoute } from "#platform/http/route.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";

const id: SortColumn = { sql: sql.ref("a.id"), type: "uuid" };

export const auditRoutes = [
  createSecureRoute({
    method: "GET",
    path: "/audit-events",
    summary: "Who changed what, newest first",
    roles: admins,
    rateLimit: "API",
    query: AuditEventQuery,
    response: AuditEventList,
    handler: async ({ tx, query, services }) => {
      const plan = planList(query, { columns: { recordedAt: id }, byDefault: "-recordedAt", tieBreaker: id, secret: services.settings.cursorSecret });
      const rows = await tx.many(sql<z.infer<typeof AuditEvent> & { cursor_key: string }>`
        SELECT a.id, a.user_id AS "userId", u.name AS "userName", a.action, a.entity_type AS "entityType", a.entity_id AS "entityId",
               a.before, a.after, a.request_id AS "requestId", a.recorded_at AS "recordedAt", ${plan.cursorKey} AS cursor_key
        FROM audit_event a LEFT JOIN membership u ON u.user_id = a.user_id
        WHERE (${query.entityType ?? null}::text IS NULL OR a.entity_type = ${query.entityType ?? null})
          AND (${query.entityId ?? null}::text IS NULL OR a.entity_id = ${query.entityId ?? null}) AND ${plan.after}
        ORDER BY ${plan.orderBy} LIMIT ${plan.limit + 1} OFFSET ${plan.offset}`);
      const { rows: items, page } = plan.page(rows);
      return { items, page };
    },
  }),
];
