/** Beside the lists with their filters: whole documents, figures, suggestions, search, and short spans. `{item}` and its like stand for ids. */
export const askedBesides: readonly string[] = [
  "/dashboard/stats",
  "/dashboard/stats?siteId={site}",
  "/search?q=SKU-0004711",
  "/search?q=4711",
  "/search?q=PO-0047",
  "/inventory/items/{item}",
  "/inventory/lots/{lot}",
  "/inventory/lots/{lot}/trace",
  "/inventory/events/{event}",
  "/inventory/events?siteId={site}",
  "/inventory/events?from={monthAgo}T00:00:00Z",
  "/inventory/events?type=SCRAP&from={monthAgo}T00:00:00Z",
  "/inventory/balances",
  "/inventory/balances?siteId={site}",
  "/inventory/balances?status=HOLD",
  "/inventory/balances?expiresTo={today}",
  "/inventory/balances?search=SKU-0004711",
  "/inventory/balances?asOf={monthAgo}T00:00:00Z",
  "/inventory/location-items/{locationItem}",
  "/inventory/transfers/{transfer}",
  "/inventory/suggestions/putaway?siteId={site}&itemId={item}",
  "/inventory/suggestions/replenishment?siteId={site}",
  "/inventory/units",
  "/inventory/units/{unit}",
  "/inventory/reason-codes",
  "/inventory/reason-codes/{reasonCode}",
  "/sites",
  "/sites/{site}",
  "/locations/{location}",
  "/purchasing/suppliers/{supplier}",
  "/purchasing/supplier-items/{supplierItem}",
  "/purchasing/purchase-orders/{order}",
  "/purchasing/purchase-orders?from={monthAgo}T00:00:00Z",
  "/purchasing/purchase-orders?status=SENT&siteId={site}",
  "/purchasing/receipts/{receipt}",
  "/cycle-counts/{count}",
  "/manufacturing/boms/{bom}",
  "/manufacturing/boms/{bom}/cost",
  "/manufacturing/production-orders/{productionOrder}",
  "/manufacturing/postings/{posting}",
  "/manufacturing/postings?productionOrderId={productionOrder}",
  "/alerts/{alert}",
  "/reports/movement?from={monthAgo}&to={today}",
  "/reports/turnover?from={monthAgo}&to={today}",
  "/reports/supplier-performance?from={monthAgo}&to={today}",
  "/reports/count-accuracy?from={yearAgo}&to={today}",
];

/** Lists as they are at this depth, by the cursor that stands there. */
export const deepPages: readonly string[] = [
  "/inventory/items?limit=50&offset=70000",
  "/inventory/items?limit=50&sort=name&offset=70000",
  "/inventory/balances?limit=50&offset=70000",
  "/inventory/events?limit=50&offset=400000",
  "/purchasing/purchase-orders?limit=50&offset=10000",
  "/manufacturing/production-orders?limit=50&offset=10000",
  "/reports/valuation?limit=50&offset=50000",
  "/reports/movement?from={monthAgo}&to={today}&limit=50&offset=5000",
  "/reports/ageing?limit=50&offset=5000",
  "/reports/turnover?from={monthAgo}&to={today}&limit=50&offset=5000",
];

/** What is not told by list or document, but asked by an administrator of the installation, or before signing in. */
export const notOfRows = /^\/(health|openapi|live|auth|admin|failed-mails|settings|users)\b/;

/** What may read more than its page, or a table from end to end: what begins so, and why. */
export const reasons: readonly (readonly [asked: string, why: string])[] = [
  ["/dashboard/stats", "sums the value of all stock, and what moved in thirty days"],
  ["/inventory/suggestions/replenishment", "holds every level of the site against what is there"],
  [
    "/inventory/items?belowReorderPoint",
    "goes through the items with a reorder point, whose stock is a sum of their places, until a page is full",
  ],
  ["/inventory/balances?expiresTo", "sorts what lies of all lots that expire until then by its item"],
  ["/reports/supplier-performance", "sums the lines of the orders of each supplier that it tells of"],
  ["/reports/count-accuracy", "sums every line that was counted in the span"],
];
