import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "#web/api/client.ts";
import { NothingHere } from "./nothing-here.tsx";
import { ErrorPanel } from "./error-panel.tsx";
import { ListSkeleton } from "./skeletons.tsx";

/** A skeleton, an error with a way on, or what was loaded. */
export function QueryState<Data>({
  query,
  rows,
  refused,
  children,
}: {
  query: UseQueryResult<Data>;
  rows?: number;
  /** In place of an error, when what was asked for makes no sense: asking again would not help. */
  refused?: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  if (query.error instanceof ApiError && query.error.status === 404) return <NothingHere />;
  if (refused && query.error instanceof ApiError && query.error.status === 400) return refused;
  if (query.isError) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <ListSkeleton {...(rows ? { rows } : {})} />;
  return children(query.data);
}
