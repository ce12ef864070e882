import { keepPreviousData, queryOptions, useQueryClient } from "@tanstack/react-query";
import type { EndedSessions, InvitedUser, PasswordLink, Session } from "#contract/account.ts";
import type { CreateUser, Role, User } from "#contract/identity.ts";
import type { ListOf } from "#contract/list.ts";
import { del, get, patch, post, put, type Query } from "#web/api/client.ts";

export const usersQuery = (query: Query) =>
  queryOptions({
    queryKey: ["users", query],
    queryFn: ({ signal }) => get<ListOf<User>>("/users", query, signal),
    placeholderData: keepPreviousData,
  });

export const userQuery = (id: string) =>
  queryOptions({ queryKey: ["user", id], queryFn: ({ signal }) => get<User>(`/users/${encodeURIComponent(id)}`, {}, signal) });

/** A person has at most 100. */
export const sessionsOfQuery = (userId: string) =>
  queryOptions({
    queryKey: ["sessions", userId],
    queryFn: ({ signal }) => get<ListOf<Session>>(`/users/${encodeURIComponent(userId)}/sessions`, { limit: 100 }, signal),
  });

export const endSessionOf = (userId: string, sessionId: string): Promise<void> => del(`/users/${userId}/sessions/${sessionId}`);
export const endSessionsOf = (userId: string): Promise<EndedSessions> => del(`/users/${userId}/sessions`);
export const makePasswordLink = (userId: string) => post<PasswordLink>(`/users/${userId}/password-link`, {});

export const inviteUser = (request: CreateUser) => post<InvitedUser>("/users", request);

type Seen = Pick<User, "id" | "version">;
export const changeRole = ({ id, version }: Seen, role: Role) => patch<User>(`/users/${id}`, { version, role });
export const setSiteAccess = ({ id, version }: Seen, siteIds: readonly string[]) =>
  put<User>(`/users/${id}/site-access`, { version, siteIds });

/** After a change of someone's rights, which may have ended their sessions. */
export function useForgetUser(id: string): () => Promise<unknown> {
  const queryClient = useQueryClient();
  const outdated = [["users"], ["user", id], ["sessions", id]];
  return () => Promise.all(outdated.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}
