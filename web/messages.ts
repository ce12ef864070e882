import type { Tracking } from "#contract/catalog.ts";
import type { Role } from "#contract/identity.ts";
import { catalogMessages } from "./messages/catalog.ts";
import { identityMessages } from "./messages/identity.ts";
import { eventTypeNames, ledgerMessages, statusNames } from "./messages/ledger.ts";
import { formatQuantity } from "./ui/format.ts";

const trackings: Record<Tracking, string> = { NONE: "Not tracked", LOT: "By lot", SERIAL: "By serial number" };
const roles: Record<Role, string> = { Admin: "Admin", Supervisor: "Supervisor", Operator: "Operator", Viewer: "Viewer" };

/** Every text of the app that a person reads. */
export const messages = {
  eventType: eventTypeNames,
  status: statusNames,
  tracking: trackings,
  role: roles,
  ...catalogMessages,
  ...ledgerMessages,
  ...identityMessages,
  product: "Warehouse Builder",
  loading: "Loading …",
  invalid: {
    empty: "Must not be empty",
    missing: "Must be given",
    noNumber: "Must be a number",
    misread: (sign: string, decimal: string) => `“${sign}” was passed over. The decimal sign is “${decimal}”`,
    tooLong: (most: number) => `Must be at most ${formatQuantity(most)} characters`,
  },
  nothingFound: "Nothing found",
  error: {
    title: "This did not work",
    retry: "Try again",
    requestId: "Request",
    screen: "This screen could not be loaded. Check the network and try again.",
    network: "The server cannot be reached. Check the network and try again.",
  },
  notFound: { title: "There is nothing here", text: "The address is wrong, or what stood here is gone.", toDashboard: "To the dashboard" },
  list: {
    columns: "Columns",
    filters: "Filters",
    filtered: "Filters are set",
    paging: "Pages",
    previous: "Previous",
    next: "Next",
    newest: "Newest",
    older: "Older",
    clear: "Clear filters",
    refused: "The list cannot be shown as it was asked for.",
    pastEnd: "The list ends before this page.",
    fromStart: "Show the list from its start",
    any: "All",
    range: (first: number, last: number, total?: number) =>
      last < first
        ? "No rows"
        : `${formatQuantity(first)}–${formatQuantity(last)}${total === undefined ? "" : ` of ${formatQuantity(total)}`}`,
  },
  signIn: {
    title: "Sign in",
    email: "E-mail address",
    password: "Password",
    tenant: "Company",
    chooseTenant: "You belong to several companies: which one?",
    submit: "Sign in",
  },
  frame: {
    skip: "Skip to the content",
    navigation: "Main navigation",
    site: "Site",
    allSites: "All sites",
    dashboard: "Dashboard",
    inventory: "Inventory",
    items: "Items",
    balances: "Balances",
    events: "Events",
    post: "Post event",
    postShort: "Post",
    more: "More",
    user: (name: string) => `Account of ${name}`,
    colorScheme: "Colours",
    schemes: { light: "Light", dark: "Dark", auto: "As the system" },
    signOut: "Sign out",
  },
  admin: {
    heading: "Admin",
    users: "Users",
    security: "Security",
    actions: "Actions",
    notAllowed: "Your role does not allow this. An Admin of your company can do it.",
  },
  dialog: { cancel: "Cancel", close: "Close" },
  dashboard: {
    title: "Dashboard",
    stockValue: "Stock value",
    unitsOnHand: "Units on hand",
    unitsOnHold: "Units on hold",
    items: "Active items",
    balances: (count: number) => `${formatQuantity(count)} ${count === 1 ? "balance" : "balances"}`,
    inStock: (count: number) => `${formatQuantity(count)} in stock`,
    belowReorderPoint: "Below reorder point",
    lotsExpiring: "Lots expiring in 30 days",
    lotsExpired: "Lots expired",
    eventsToday: "Events today",
    movement: "Movement per day",
    movementSummary: (total: number, days: number, busiest: string, most: number) =>
      total === 0
        ? `No events in the last ${days} days`
        : `${formatQuantity(total)} events in the last ${days} days; the busiest day was ${busiest} with ${formatQuantity(most)}`,
    dayTitle: (day: string, count: number) => `${day}: ${formatQuantity(count)} ${count === 1 ? "event" : "events"}`,
    recent: "Recent events",
    allEvents: "All events",
    noEvents: "Nothing was moved yet.",
    postFirst: "Post the first event",
  },
} as const;
