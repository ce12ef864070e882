import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { EndedSessions, InvitedUser, PasswordLink, Session } from "#contract/account.ts";
import type { CreateUser, User } from "#contract/identity.ts";
import type { ListOf } from "#contract/list.ts";
import { del, get, post, type Query } from "#web/api/client.ts";

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
