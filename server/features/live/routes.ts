import { LiveChange } from "#contract/live.ts";
import { AuthenticationError } from "#platform/errors.ts";
import { createEventsRoute } from "#platform/http/events-route.ts";
import { type AnyRoute, everyRole } from "#platform/http/route.ts";

export const liveRoutes: readonly AnyRoute[] = [
  createEventsRoute({
    path: "/live",
    summary: "What has changed, as it happens: server-sent events `ready`, `changed` and `ended`",
    roles: everyRole,
    response: LiveChange,
    open: ({ context, services, request }) => {
      const tokenHash = services.sessions.read(request.headers.get("cookie"));
      if (!tokenHash) throw new AuthenticationError();
      return services.live.open(context, tokenHash);
    },
  }),
];
