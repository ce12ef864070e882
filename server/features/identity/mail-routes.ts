import { z } from "zod";
import { FailedMailList, FailedMailParams, FailedMailQuery } from "#contract/mails.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { admins, type AnyRoute, createSecureRoute } from "#platform/http/route.ts";
import { listFailedMails, sendAgain } from "./failed-mails.ts";

export const mailRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/failed-mails",
    summary: "Mails of the company that could not be sent",
    query: FailedMailQuery,
    response: FailedMailList,
    handler: ({ tx, query, services }) => listFailedMails(tx, query, services.settings.cursorSecrets),
  }),
  createSecureRoute({
    method: "POST",
    path: "/failed-mails/{mailId}/send",
    summary: "Send a mail again that could not be sent",
    roles: admins,
    rateLimit: "WRITE",
    params: FailedMailParams,
    body: z.strictObject({}),
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params }) => {
      await sendAgain(tx, context, params.mailId);
      return null;
    },
  }),
];
