import { type RawBuilder, sql } from "kysely";
import { AuditEventList, AuditEventQuery, type AuditEvent } from "#contract/identity.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";

const id: SortColumn = { sql: sql.ref("a.id"), type: "uuid", unique: true };
const recordedAt: SortColumn = { sql: sql.ref("a.recorded_at"), type: "timestamptz" };

function filters({ userId, entityType, entityId, action, from, to }: AuditEventQuery): RawBuilder<unknown>[] {
  return [
    ...(userId === undefined ? [] : [sql`a.user_id = ${userId}`]),
    ...(entityType === undefined ? [] : [sql`a.entity_type = ${entityType}`]),
    ...(entityId === undefined ? [] : [sql`a.entity_id = ${entityId}`]),
    ...(action === undefined ? [] : [sql`a.action = ${action}`]),
    ...(from === undefined ? [] : [sql`a.recorded_at >= ${from}`]),
    ...(to === undefined ? [] : [sql`a.recorded_at < ${to}`]),
  ];
}

export const auditRoutes = [
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/audit-events",
    summary: "Who changed what, newest first; by person, kind of thing, thing, action and time",
    query: AuditEventQuery,
    response: AuditEventList,
    handler: ({ tx, query, services, context }) => {
      context.log.logAudit("audit-events.read");
      const plan = planList(query, {
        list: "audit events",
        columns: { recordedAt },
        byDefault: "-recordedAt",
        tieBreaker: id,
        secrets: services.settings.cursorSecrets,
      });
      return readList<AuditEvent>(tx, query, plan, {
        from: sql`audit_event a`,
        alias: "a",
        where: filters(query),
        columns: sql`a.id, a.user_id AS "userId", m.name AS "userName", a.action, a.entity_type AS "entityType", a.entity_id AS "entityId",
          a.before, a.after, a.request_id AS "requestId", a.recorded_at AS "recordedAt"`,
        joins: sql`LEFT JOIN membership m ON m.user_id = a.user_id`,
      });
    },
  }),
];
