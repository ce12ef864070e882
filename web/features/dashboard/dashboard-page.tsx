import { Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { DashboardStats } from "#contract/dashboard.ts";
import { useChosenSite, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { BarChart } from "#web/ui/bar-chart.tsx";
import { dayAfter, dayIn } from "#web/ui/calendar.ts";
import { Figure } from "#web/ui/figure.tsx";
import { formatCompact, formatDay, formatMoney, formatQuantity, formatShortDay } from "#web/ui/format.ts";
import { Page } from "#web/ui/page.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { Section } from "#web/ui/section.tsx";
import { dashboardQuery } from "./api.ts";
import { RecentEvents } from "./recent-events.tsx";

const text = messages.dashboard;

export function DashboardPage() {
  const site = useChosenSite();
  const { tenant } = useMe();
  const query = useQuery(dashboardQuery(site?.id));
  return (
    <Page title={text.title} subtitle={site ? `${tenant.name} · ${site.name}` : tenant.name}>
      <QueryState query={query}>
        {(stats) => (
          <Stack gap="lg">
            <Figures stats={stats} />
            <Movement stats={stats} />
          </Stack>
        )}
      </QueryState>
      <RecentEvents siteId={site?.id} />
    </Page>
  );
}

function Figures({ stats }: { stats: DashboardStats }) {
  // In the company's calendar, by which the figures count.
  const today = dayIn(useMe().tenant.timeZone);
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
      <FigureLink to="/balances">
        <Figure label={text.stockValue} value={formatMoney(stats.stockValue, stats.currency, 0)} />
      </FigureLink>
      <FigureLink to="/balances">
        <Figure label={text.unitsOnHand} value={formatQuantity(stats.unitsOnHand)} />
      </FigureLink>
      <FigureLink to="/balances" search={{ status: "HOLD" }}>
        <Figure label={text.unitsOnHold} value={formatQuantity(stats.unitsOnHold)} />
      </FigureLink>
      <FigureLink to="/items" search={{ active: "true" }}>
        <Figure label={text.items} value={formatQuantity(stats.itemsActive)} note={text.inStock(stats.itemsInStock)} />
      </FigureLink>
      <FigureLink to="/events" search={{ from: today }}>
        <Figure label={text.eventsToday} value={formatQuantity(stats.eventsToday)} />
      </FigureLink>
      <FigureLink to="/items" search={{ belowReorderPoint: "true" }}>
        <Figure label={text.belowReorderPoint} value={formatQuantity(stats.itemsBelowReorderPoint)} />
      </FigureLink>
      <FigureLink to="/balances" search={{ expiresFrom: today, expiresTo: dayAfter(today, 30), sort: "expiresOn" }}>
        <Figure
          label={text.lotsExpiring}
          value={formatQuantity(stats.lotsExpiringIn30Days)}
          note={text.balances(stats.balancesExpiringIn30Days)}
        />
      </FigureLink>
      <FigureLink to="/balances" search={{ expiresTo: dayAfter(today, -1), sort: "expiresOn" }}>
        <Figure label={text.lotsExpired} value={formatQuantity(stats.lotsExpired)} note={text.balances(stats.balancesExpired)} />
      </FigureLink>
    </SimpleGrid>
  );
}

function FigureLink({ children, ...link }: LinkProps & { children: React.ReactNode }) {
  return (
    <Link {...link} className="figure-link">
      {children}
    </Link>
  );
}

function Movement({ stats: { movementsPerDay: days } }: { stats: DashboardStats }) {
  const total = days.reduce((sum, { events }) => sum + events, 0);
  const busiest = days.reduce((most, day) => (day.events > most.events ? day : most), days[0] ?? { day: "1970-01-01", events: 0 });
  const summary = text.movementSummary(total, days.length, formatDay(busiest.day), busiest.events);
  const bars = days.map(({ day, events }) => ({ label: formatShortDay(day), value: events, title: text.dayTitle(formatDay(day), events) }));
  return (
    <Section title={text.movement}>
      <Paper p="md">
        <BarChart label={`${text.movement}. ${summary}`} bars={bars} formatValue={formatCompact} />
        <Text size="xs" c="dimmed" mt={4}>
          {summary}
        </Text>
      </Paper>
    </Section>
  );
}
