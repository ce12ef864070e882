import { Button, EmptyState, Paper, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBan, IconShieldCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { BlockedAddress } from "#contract/operations.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { ConfirmButton, inRow } from "#web/ui/confirm-button.tsx";
import { type Column, DataTable } from "#web/ui/data-table.tsx";
import { formatInstant } from "#web/ui/format.ts";
import { QueryState } from "#web/ui/query-state.tsx";
import { Section } from "#web/ui/section.tsx";
import { blockedQuery, unblockAddress } from "./api.ts";

const text = adminMessages.security.blocked;
const BlockDialog = lazy(() => import("./block-dialog.tsx"));

export function BlockedSection() {
  const query = useQuery(blockedQuery);
  return (
    <Section title={text.title} aside={<BlockButton />}>
      <QueryState query={query} rows={2}>
        {({ items, page }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconShieldCheck />} title={text.none} description={text.noneNext} py="md" />
          ) : (
            <Stack gap="xs">
              <Paper>
                <DataTable label={text.title} columns={columns} rows={items} rowKey={({ address }) => address} />
              </Paper>
              {page.hasMore && (
                <Text size="sm" c="dimmed">
                  {text.more((page.total ?? items.length) - items.length)}
                </Text>
              )}
            </Stack>
          )
        }
      </QueryState>
    </Section>
  );
}

function BlockButton() {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconBan size={16} aria-hidden />} onClick={open}>
        {text.block}
      </Button>
      {opened && (
        <Suspense>
          <BlockDialog onClose={close} />
        </Suspense>
      )}
    </>
  );
}

function UnblockButton({ address }: { address: string }) {
  const queryClient = useQueryClient();
  const action = {
    label: text.unblock,
    name: text.unblockOf(address),
    title: text.unblockTitle(address),
    what: text.unblockWhat(address),
    done: text.unblocked(address),
    run: async () => {
      await unblockAddress(address);
      await queryClient.invalidateQueries({ queryKey: ["security"] });
    },
  };
  return <ConfirmButton action={action} {...inRow} />;
}

const columns: readonly Column<BlockedAddress>[] = [
  { id: "address", header: text.address, cell: ({ address }) => <span className="nowrap">{address}</span> },
  { id: "reason", header: text.reason, cell: ({ reason }) => <span className="cell-text">{reason}</span> },
  { id: "since", header: text.since, wide: true, cell: ({ blockedAt }) => formatInstant(blockedAt) },
  { id: "until", header: text.until, cell: ({ expiresAt }) => formatInstant(expiresAt) },
  { id: "action", header: messages.admin.actions, cell: ({ address }) => <UnblockButton address={address} /> },
];
