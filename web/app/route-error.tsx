import { Box } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { meQuery } from "#web/features/identity/session.ts";
import { ErrorPanel } from "#web/ui/error-panel.tsx";

/** A screen that could not be shown at all. It is loaded anew once the server answers: without one, a reload would lose the page. */
export function RouteError({ error }: ErrorComponentProps) {
  const queryClient = useQueryClient();
  const retry = useMutation({
    mutationFn: () => queryClient.fetchQuery({ ...meQuery, staleTime: 0, retry: false }),
    onSuccess: () => location.reload(),
  });
  return (
    <Box p="md">
      <ErrorPanel error={retry.error ?? error} onRetry={() => retry.mutate()} />
    </Box>
  );
}
