import type { CheckStatus, Health } from "#contract/health.ts";
import type { Role } from "#contract/identity.ts";
import type { CircuitBreaker } from "#contract/operations.ts";
import { formatQuantity } from "../ui/format.ts";

const count = (amount: number, one: string, many = `${one}s`) => `${formatQuantity(amount)} ${amount === 1 ? one : many}`;
const healthNames: Record<Health["status"], string> = { healthy: "Healthy", degraded: "Degraded", unhealthy: "Unhealthy" };
const checkNames: Record<CheckStatus, string> = { pass: "Passed", warn: "Warning", fail: "Failed" };
const breakerStates: Record<CircuitBreaker["state"], string> = { CLOSED: "Closed", OPEN: "Open", HALF_OPEN: "Half open" };
const roleRights: Record<Role, string> = {
  Admin: "May do everything, in every site, and decides who may do what.",
  Supervisor: "Moves and adjusts stock, and keeps items, in the chosen sites.",
  Operator: "Moves stock, in the chosen sites.",
  Viewer: "Sees stock in the chosen sites, and changes nothing.",
};

/** Of the screens that Admins alone see: not part of the first screen's script. */
export const adminMessages = {
  health: {
    title: "Health",
    status: healthNames,
    check: checkNames,
    checkHeader: "Check",
    state: "State",
    what: "What was found",
    figures: "In figures",
    names: { database: "Database", migrations: "Schema", redis: "Redis", memory: "Memory", breakers: "Circuit breakers", jobs: "Jobs" },
    took: (ms: number) => `${formatQuantity(Math.round(ms * 10) / 10)} ms`,
    heap: (used: string, rss: string) => `${used} of heap, ${rss} in all`,
    breakers: (open: number, all: number) =>
      open === 0 ? `${count(all, "service")}, all called` : `${formatQuantity(open)} of ${count(all, "service")} not called`,
    jobs: (waiting: number, failed: number) => `${count(waiting, "job")} waiting, ${formatQuantity(failed)} failed`,
    running: (version: string, since: string, environment: string) => `Version ${version}, ${environment}, running for ${since}`,
    duration: (ms: number) => {
      const minutes = Math.floor(ms / 60_000);
      const hours = Math.floor(minutes / 60);
      if (minutes < 60) return count(minutes, "minute");
      return hours < 48
        ? `${count(hours, "hour")} ${count(minutes % 60, "minute")}`
        : `${count(Math.floor(hours / 24), "day")} ${count(hours % 24, "hour")}`;
    },
  },
  security: {
    title: "Security",
    notTheOperator: "Another company runs this installation: rate limits, blocked addresses and circuit breakers are in its hands.",
    limits: {
      title: "Rate limits",
      requests: "Requests",
      refusals: "Refused",
      keys: "Counted now",
      limit: "Limit",
      since: (instant: string) => `Since ${instant}`,
    },
    blocked: {
      title: "Blocked addresses",
      none: "No address is blocked.",
      noneNext: "Addresses that keep asking after refusals are blocked by themselves for an hour.",
      address: "Address",
      reason: "Reason",
      since: "Since",
      until: "Until",
      block: "Block an address",
      unblock: "Unblock",
      unblockOf: (address: string) => `Unblock ${address}`,
      blockTitle: "Block an address",
      blockWhat:
        "Whoever works behind this address gets no answer from this server, whichever company they belong to, until the time is over.",
      addressHint: "IPv4, or IPv6: of that the whole /64 network is blocked",
      duration: "For how long",
      durations: [
        [60, "1 hour"],
        [24 * 60, "1 day"],
        [7 * 24 * 60, "7 days"],
        [30 * 24 * 60, "30 days"],
      ] as const,
      submit: "Block",
      done: (address: string) => `${address} is blocked.`,
      unblockTitle: (address: string) => `Unblock ${address}?`,
      unblockWhat: (address: string) => `Requests from ${address} are answered again at once. It may be blocked again by itself.`,
      unblocked: (address: string) => `${address} is let in again.`,
      more: (rest: number) => `and ${formatQuantity(rest)} more`,
    },
    breakers: {
      title: "Circuit breakers",
      none: "No service outside has been called yet.",
      noneNext: "A breaker appears here with the first call to its service: mail, a sink of the log.",
      name: "Service",
      state: "State",
      states: breakerStates,
      heldOpen: "Held open by hand",
      failures: "Failures in a row",
      rejected: "Calls refused",
      retryIn: (seconds: number) => `Tried again in ${count(seconds, "second")}`,
      open: "Open",
      openOf: (name: string) => `Open ${name}`,
      openConfirm: "Stop calling it",
      openTitle: (name: string) => `Stop calling ${name}?`,
      openWhat:
        "Every call to this service is refused at once, for every company, until somebody closes the breaker. Work that needs it waits or fails.",
      opened: (name: string) => `${name} is open: it is not called any more.`,
      close: "Close",
      closeOf: (name: string) => `Close ${name}`,
      closeConfirm: "Call it again",
      closeTitle: (name: string) => `Call ${name} again?`,
      closeWhat: "Calls go through at once, and failures are counted from 0. A service that is still down opens the breaker again.",
      closed: (name: string) => `${name} is closed: it is called again.`,
      automatic: "Automatic",
      automaticOf: (name: string) => `Make ${name} automatic`,
      automaticConfirm: "Try it",
      automaticTitle: (name: string) => `Try whether ${name} is back?`,
      automaticWhat:
        "Single calls go through to try the service. When they succeed the breaker closes, when one fails it opens for a while.",
      madeAutomatic: (name: string) => `${name} is tried again.`,
    },
  },
  users: {
    title: "Users",
    search: "Search users",
    name: "Name",
    email: "E-mail address",
    role: "Role",
    state: "State",
    active: "Active",
    inactive: "Shut out",
    invited: "Invited",
    sites: "Sites",
    allSites: "All",
    joined: "Member since",
    invite: "Invite someone",
    inviteWhat: "They choose their own password by a link, which is good for 7 days.",
    submit: "Invite",
    noSites: "No sites yet",
    adminSites: "An Admin works in every site.",
    inviteSent: (email: string) => `The invitation was sent to ${email}.`,
    none: "No users",
    noMatch: "No user matches.",
  },
  user: {
    sessions: "Sessions",
    noSessions: "Not signed in anywhere.",
    device: "Device",
    address: "Address",
    begun: "Signed in",
    lastSeen: "Last seen",
    current: "This session",
    end: "End",
    endOf: (device: string, begun: string) => `End the session of ${device}, begun ${begun}`,
    endTitle: "End this session?",
    endWhat: (name: string, device: string) =>
      `${name} is signed out on ${device} with the next click there. What was typed and not sent is lost.`,
    ended: (name: string) => `A session of ${name} was ended.`,
    endAll: "End all sessions",
    endAllTitle: (name: string) => `Sign ${name} out everywhere?`,
    endAllWhat: (name: string, sessions: number) =>
      `${count(sessions, "session")} of ${name} ${sessions === 1 ? "ends" : "end"}. Signing in again needs the password.`,
    endedAll: (name: string) => `${name} is signed out everywhere.`,
    role: "Change role",
    roleTitle: (name: string) => `Another role for ${name}?`,
    roleWhat: (name: string) => `${name} is signed out everywhere and has the new role from the next sign-in on.`,
    sameRole: "This is the role they have",
    roleChanged: (name: string, role: string) => `${name} is ${role} now.`,
    may: roleRights,
    sites: "Change sites",
    noSite: "No site",
    sitesTitle: (name: string) => `Where does ${name} work?`,
    sitesWhat: (name: string) => `${name} sees and does what belongs to the chosen sites only, from the next click on.`,
    sitesChanged: (name: string) => `The sites of ${name} were changed.`,
    link: "Make a password link",
    linkTitle: (name: string) => `A new link for ${name}?`,
    linkWhat: (name: string) => `${name} can choose a new password by it, once. Links that were made before stop working.`,
    linkSent: (email: string) => `The link was sent to ${email}.`,
    linkMade: "Hand this link over. It is shown this once and works once.",
    linkLabel: "Link",
  },
} as const;
