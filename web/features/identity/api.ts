import { queryOptions } from "@tanstack/react-query";
import type { ChangePassword, PasswordLinkFacts, PasswordResetRequested, Session, SetPassword } from "#contract/account.ts";
import type { ListOf } from "#contract/list.ts";
import { del, get, post, put } from "#web/api/client.ts";

export const changePassword = (request: ChangePassword): Promise<void> => put("/auth/password", request);
export const requestPasswordReset = (email: string): Promise<PasswordResetRequested> => post("/auth/password-reset", { email });
export const setPassword = (request: SetPassword): Promise<PasswordLinkFacts> => post("/auth/password-reset/confirm", request);

export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: ["password-link", token],
    queryFn: () => post<PasswordLinkFacts>("/auth/password-reset/look", { token }),
    // What a link is for does not change, and each wrong one counts.
    staleTime: Infinity,
    retry: false,
  });

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }) => get<ListOf<Session>>("/auth/sessions", { limit: 100 }, signal),
});
export const endSession = (id: string): Promise<void> => del(`/auth/sessions/${id}`);
export const endOtherSessions = (): Promise<{ ended: number }> => del("/auth/sessions");
