import { queryOptions } from "@tanstack/react-query";
import type { DashboardStats } from "#contract/dashboard.ts";
import { get } from "#web/api/client.ts";

export const dashboardQuery = (siteId: string | undefined) =>
  queryOptions({
    queryKey: ["dashboard", siteId],
    queryFn: ({ signal }) => get<DashboardStats>("/dashboard/stats", { siteId }, signal),
    refetchInterval: 60_000,
  });
