import { z } from "zod";

/** Of these only a site's own people hear. */
export const siteTopics = [
  "stock",
  "site",
  "location",
  "location-item",
  "purchase-order",
  "receipt",
  "cycle-count",
  "production-order",
  "transfer",
  "alert",
] as const;
/** Of these everyone in the company hears. */
export const companyTopics = [
  "settings",
  "unit",
  "reason-code",
  "item",
  "barcode",
  "lot",
  "abc-classes",
  "supplier",
  "supplier-item",
  "bom",
  "import",
] as const;
/** Of these the company's Admins hear. */
export const adminTopics = ["user", "session", "mail", "address", "circuit-breaker"] as const;

export const SiteTopic = z.enum(siteTopics);
export type SiteTopic = z.infer<typeof SiteTopic>;
export type CompanyTopic = (typeof companyTopics)[number] | (typeof adminTopics)[number];

/** A kind of thing of which there may be something new: `stock` for balances and events, or a kind that the audit trail names. */
export const LiveTopic = z.enum([...siteTopics, ...companyTopics, ...adminTopics]).meta({ id: "LiveTopic" });
export type LiveTopic = z.infer<typeof LiveTopic>;

/** What the event `changed` of `GET /live` carries: what to ask for anew. It says that something changed, never what it is now. */
export const LiveChange = z.object({ topics: z.array(LiveTopic) }).meta({ id: "LiveChange" });
export type LiveChange = z.infer<typeof LiveChange>;
