import { Group, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconPencil, IconTransfer } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Item } from "#contract/catalog.ts";
import { maySupervise, mayWork, useChosenSite, useMe } from "#web/features/identity/session.ts";
import { balancesQuery } from "#web/features/ledger/api.ts";
import { ItemBalances } from "#web/features/ledger/item-balances.tsx";
import { ItemTimeline } from "#web/features/ledger/item-timeline.tsx";
import { sumBalances } from "#web/features/ledger/totals.ts";
import { messages } from "#web/messages.ts";
import { Figure } from "#web/ui/figure.tsx";
import { formatMoney, formatQuantity } from "#web/ui/format.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { Page } from "#web/ui/page.tsx";
import { Section } from "#web/ui/section.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { itemQuery } from "./api.ts";
import { ActiveBadge } from "./active-badge.tsx";

const text = messages.item;
const route = getRouteApi("/frame/items/$itemId");

export function ItemPage() {
  const { itemId } = route.useParams();
  const query = useQuery(itemQuery(itemId));
  if (query.data) return <ItemScreen item={query.data} />;
  return (
    <Page title={messages.items.item}>
      <QueryState query={query}>{() => null}</QueryState>
    </Page>
  );
}

function ItemScreen({ item }: { item: Item }) {
  const me = useMe();
  const site = useChosenSite();
  const balances = useQuery(balancesQuery({ itemId: item.id, siteId: site?.id, limit: 1_000, sort: "siteCode,locationCode" }));
  const { event } = route.useSearch();
  return (
    <Page
      title={`${item.sku} · ${item.name}`}
      subtitle={<Subtitle item={item} />}
      actions={
        <>
          {maySupervise(me) && (
            <LinkButton
              to="/items/$itemId/edit"
              params={{ itemId: item.id }}
              variant="default"
              leftSection={<IconPencil size={16} aria-hidden />}
            >
              {text.edit}
            </LinkButton>
          )}
          {mayWork(me) && (
            <LinkButton to="/post" search={{ itemId: item.id }} leftSection={<IconTransfer size={16} aria-hidden />}>
              {text.post}
            </LinkButton>
          )}
        </>
      }
    >
      <QueryState query={balances} rows={4}>
        {({ items: rows, page }) => {
          // More places than one answer holds: the item's own figure still counts them all, when no site is chosen.
          const onHand = page.hasMore ? (site ? null : item.onHand) : sumBalances(rows).onHand;
          return (
            <Stack gap="lg">
              <Figures item={item} rows={rows} complete={!page.hasMore} />
              <Section title={text.balances}>
                <ItemBalances item={item} rows={rows} complete={!page.hasMore} />
              </Section>
              <Section title={text.timeline}>
                <ItemTimeline itemId={item.id} siteId={site?.id} onHand={onHand} balances={rows} highlighted={event} />
              </Section>
              <Details item={item} />
            </Stack>
          );
        }}
      </QueryState>
    </Page>
  );
}

function Subtitle({ item }: { item: Item }) {
  return (
    <Group gap="xs" component="span">
      {[item.category, messages.tracking[item.tracking], item.baseUom].filter(Boolean).join(" · ")}
      <ActiveBadge active={item.active} />
    </Group>
  );
}

function Figures({ item, rows, complete }: { item: Item; rows: Parameters<typeof sumBalances>[0]; complete: boolean }) {
  const { currency } = useMe().tenant;
  const sums = sumBalances(rows);
  const shown = (value: number) => (complete ? `${formatQuantity(value)} ${item.baseUom}` : "…");
  return (
    <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="sm">
      <Figure label={messages.items.onHand} value={shown(sums.onHand)} />
      <Figure label={text.allocated} value={shown(sums.allocated)} />
      <Figure label={text.available} value={shown(sums.available)} />
      <Figure label={text.onHold} value={shown(sums.onHold)} />
      <Figure label={messages.items.averageCost} value={item.averageCost === null ? "–" : formatMoney(item.averageCost, currency)} />
    </SimpleGrid>
  );
}

function Details({ item }: { item: Item }) {
  const { currency } = useMe().tenant;
  const amount = (value: number | null) => (value === null ? "–" : formatQuantity(value));
  const facts: readonly [string, string][] = [
    [messages.items.reorderPoint, amount(item.reorderPoint)],
    [messages.itemForm.safetyStock, amount(item.safetyStock)],
    [messages.itemForm.reorderQuantity, amount(item.reorderQuantity)],
    [messages.itemForm.maximumStock, amount(item.maximumStock)],
    [messages.itemForm.shelfLifeDays, amount(item.shelfLifeDays)],
    [messages.itemForm.abcClass, item.abcClass ?? "–"],
    [messages.itemForm.standardCost, item.standardCost === null ? "–" : formatMoney(item.standardCost, currency)],
    [text.units, item.units.map(({ uom, factor }) => text.unitFactor(uom, factor, item.baseUom)).join(", ") || "–"],
    [text.barcodes, item.barcodes.map(({ code, uom }) => (uom ? `${code} (${uom})` : code)).join(", ") || "–"],
  ];
  return (
    <Section title={text.details}>
      <Paper p="md">
        {item.description && <Text mb="md">{item.description}</Text>}
        <SimpleGrid component="dl" cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" m={0}>
          {facts.map(([label, value]) => (
            <div key={label}>
              <Text component="dt" size="xs" c="dimmed">
                {label}
              </Text>
              <Text component="dd" size="sm" m={0} className="tabular">
                {value}
              </Text>
            </div>
          ))}
        </SimpleGrid>
      </Paper>
    </Section>
  );
}
