import { Alert, Group, Stack, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { Posted } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import { formatQuantity } from "#web/ui/format.ts";
import { LinkButton } from "#web/ui/links.tsx";

const text = messages.post;

/** What was posted, what is there now, and the way to it. */
export function PostedPanel({ posted: { event, balances } }: { posted: Posted }) {
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    panel.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <Alert ref={panel} color="green" icon={<IconCheck />} role="status" maw={720}>
      <Stack gap="xs">
        <Text fw={600}>{text.done(messages.eventType[event.type], `${formatQuantity(event.quantity)} ${event.uom}`, event.sku)}</Text>
        {balances.length > 0 && (
          <div>
            <Text size="sm">{text.newBalances}:</Text>
            {balances.map((row) => (
              <Text size="sm" key={`${row.locationId} ${row.lotId} ${row.status}`} className="tabular">
                {[row.locationCode, row.lotCode, messages.status[row.status]].filter(Boolean).join(" · ")}:{" "}
                <b>{formatQuantity(row.onHand)}</b> {row.uom}
              </Text>
            ))}
          </div>
        )}
        <Group gap="xs">
          <LinkButton size="xs" variant="default" to="/items/$itemId" params={{ itemId: event.itemId }} search={{ event: event.id }}>
            {text.seeItem}
          </LinkButton>
          <LinkButton size="xs" variant="default" to="/events" search={{ itemId: event.itemId, event: event.id }}>
            {text.seeEvent}
          </LinkButton>
        </Group>
      </Stack>
    </Alert>
  );
}
