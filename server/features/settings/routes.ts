import { Settings, UpdateSettings } from "#contract/settings.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { admins, type AnyRoute } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeSettings, getSettings } from "./settings.ts";

export const settingsRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/settings",
    summary: "What the company is called and decides for itself",
    response: Settings,
    transaction: "read-one",
    handler: ({ tx }) => getSettings(tx),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/settings",
    summary: "Change what the company is called and decides for itself",
    roles: admins,
    body: UpdateSettings,
    response: Settings,
    handler: ({ tx, context, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeSettings(tx, context, basis, changes);
    },
  }),
];
