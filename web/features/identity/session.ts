import { queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { LoginRequest, Me, Role } from "#contract/identity.ts";
import { ApiError, get, post } from "#web/api/client.ts";
import { claimTab, leaveTab } from "./whose-tab.ts";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => {
    const me = await get<Me>("/auth/me", {}, signal);
    claimTab(me);
    return me;
  },
  staleTime: 5 * 60_000,
});

/** Who is signed in; only inside the frame, which has loaded it. */
export const useMe = (): Me => useSuspenseQuery(meQuery).data;

const workers: readonly Role[] = ["Admin", "Supervisor", "Operator"];
const supervisors: readonly Role[] = ["Admin", "Supervisor"];
export const mayWork = ({ role }: Me) => workers.includes(role);
export const maySupervise = ({ role }: Me) => supervisors.includes(role);

export async function signIn(request: LoginRequest): Promise<Me> {
  const me = await post<Me>("/auth/login", request);
  claimTab(me);
  return me;
}

export function useSignOut() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    // A session that has ended already is signed out as well.
    await post("/auth/logout").catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    });
    leaveTab();
    queryClient.clear();
    await navigate({ to: "/sign-in", search: {} });
  };
}

/** The site that the top bar names, as `?site=` has it; null for all. */
export function useChosenSite(): Me["sites"][number] | null {
  const { site } = useSearch({ strict: false });
  return useMe().sites.find(({ code }) => code === site) ?? null;
}
