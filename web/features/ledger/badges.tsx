import { Badge } from "@mantine/core";
import type { EventType, StockStatus } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";

const statusColors: Record<StockStatus, string> = { AVAILABLE: "green", HOLD: "orange" };

/** What comes in, what goes out, what stays in the house. */
const eventColors: Record<EventType, string> = {
  RECEIVE: "green",
  PRODUCE: "green",
  RETURN: "green",
  MOVE: "petrol",
  HOLD: "orange",
  RELEASE: "orange",
  ISSUE: "grape",
  SHIP: "grape",
  SCRAP: "red",
  ADJUST: "gray",
  COUNT: "gray",
};

export const StatusBadge = ({ status }: { status: StockStatus }) => <Badge color={statusColors[status]}>{messages.status[status]}</Badge>;
export const EventBadge = ({ type }: { type: EventType }) => <Badge color={eventColors[type]}>{messages.eventType[type]}</Badge>;
