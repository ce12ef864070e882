import type { CreateItem, Tracking } from "#contract/catalog.ts";

/** SKU, name, cost, reorder point; and what is particular about some. */
type Row = readonly [sku: string, name: string, cost: number, reorderPoint: number, more?: Partial<CreateItem>];

const carton = (factor: number): Partial<CreateItem> => ({ units: [{ uom: "CTN", factor }] });
const food = (shelfLifeDays: number, factor: number): Partial<CreateItem> => ({ tracking: "LOT", shelfLifeDays, ...carton(factor) });
const serial: Partial<CreateItem> = { tracking: "SERIAL", abcClass: "A" };

const categories: Readonly<Record<string, readonly Row[]>> = {
  Fasteners: [
    ["FST-1001", "Hex bolt M6 × 30, zinc", 0.08, 2_000, carton(500)],
    ["FST-1002", "Hex bolt M8 × 40, zinc", 0.12, 2_000, carton(500)],
    ["FST-1003", "Hex bolt M10 × 60, stainless", 0.41, 800, carton(200)],
    ["FST-1004", 'Carriage bolt 3/4" × 4"', 0.95, 400, carton(100)],
    ["FST-1010", "Hex nut M6", 0.03, 4_000, carton(1_000)],
    ["FST-1011", "Hex nut M8", 0.04, 4_000, carton(1_000)],
    ["FST-1012", "Lock nut M8, nylon insert", 0.07, 2_000, carton(500)],
    ["FST-1020", "Flat washer M8", 0.02, 5_000, carton(1_000)],
    ["FST-1030", "Wood screw 5 × 60, A2", 0.06, 3_000, carton(250)],
    ["FST-1031", "Drywall screw 3.5 × 35", 0.02, 8_000, carton(1_000)],
  ],
  "Power tools": [
    ["TLS-2001", "Cordless drill 18 V", 129, 4, serial],
    ["TLS-2002", "Angle grinder 125 mm", 89.5, 4, serial],
    ["TLS-2003", "Rotary hammer SDS-plus", 214, 2, serial],
    ["TLS-2004", "Circular saw 190 mm", 156, 2, serial],
    ["TLS-2010", "Battery 18 V 5 Ah", 61, 12],
    ["TLS-2011", "Battery charger 18 V", 38, 8],
  ],
  "Hand tools": [
    ["TLS-3001", "Claw hammer 450 g", 11.2, 20],
    ["TLS-3002", "Screwdriver set, 6 pieces", 14.9, 20],
    ["TLS-3003", "Combination pliers 180 mm", 9.8, 20],
    ["TLS-3004", "Adjustable wrench 250 mm", 13.4, 15],
    ["TLS-3005", "Tape measure 5 m", 4.3, 40, carton(12)],
    ["TLS-3006", "Spirit level 600 mm", 12.6, 15],
    ["TLS-3007", "Utility knife", 3.1, 60, carton(24)],
  ],
  "Safety equipment": [
    ["SAF-4001", "Work gloves, size 9", 1.85, 200, carton(12)],
    ["SAF-4002", "Work gloves, size 10", 1.85, 200, carton(12)],
    ["SAF-4003", "Safety glasses, clear", 2.4, 100, carton(10)],
    ["SAF-4004", "Hard hat, white", 8.9, 40],
    ["SAF-4005", "Ear plugs, pair", 0.11, 1_000, carton(200)],
    ["SAF-4006", "Respirator mask FFP2", 0.62, 500, { tracking: "LOT", shelfLifeDays: 1_095, ...carton(20) }],
    ["SAF-4007", "First-aid kit", 24.5, 10, { tracking: "LOT", shelfLifeDays: 1_460 }],
  ],
  "Paint and chemicals": [
    ["CHM-5001", "Wall paint white 10 l", 28.4, 30, { tracking: "LOT", shelfLifeDays: 730 }],
    ["CHM-5002", "Acrylic varnish 2.5 l", 19.9, 20, { tracking: "LOT", shelfLifeDays: 730 }],
    ["CHM-5003", "Silicone sealant, clear, 310 ml", 3.6, 120, { tracking: "LOT", shelfLifeDays: 540, ...carton(12) }],
    ["CHM-5004", "Mounting adhesive 310 ml", 4.2, 120, { tracking: "LOT", shelfLifeDays: 540, ...carton(12) }],
    ["CHM-5005", "Penetrating oil 400 ml", 5.1, 60, { tracking: "LOT", shelfLifeDays: 1_095, ...carton(12) }],
    ["CHM-5006", "Industrial cleaner, concentrate", 2.9, 50, { baseUom: "L", tracking: "LOT", shelfLifeDays: 1_095 }],
    ["CHM-5007", "Epoxy resin", 11.75, 25, { baseUom: "KG", tracking: "LOT", shelfLifeDays: 365 }],
  ],
  "Canteen supplies": [
    ["FOD-6001", "Coffee beans, dark roast, 1 kg", 9.4, 40, food(365, 8)],
    ["FOD-6002", "Green tea, 50 bags", 3.2, 30, food(540, 12)],
    ["FOD-6003", "UHT milk 1 l", 0.92, 120, food(120, 12)],
    ["FOD-6004", "Mineral water 0.5 l", 0.28, 400, food(365, 24)],
    ["FOD-6005", "Oat biscuits 200 g", 1.15, 80, food(180, 20)],
    ["FOD-6006", "Orange juice 1 l", 1.6, 60, food(90, 6)],
  ],
  "Cable and electrical": [
    ["ELE-7001", "Installation cable 3 × 1.5 mm²", 0.74, 500, { baseUom: "M" }],
    ["ELE-7002", "Installation cable 5 × 2.5 mm²", 1.98, 300, { baseUom: "M" }],
    ["ELE-7003", "Network cable Cat 6a", 0.66, 600, { baseUom: "M" }],
    ["ELE-7010", "Socket outlet, flush, white", 2.85, 80, carton(10)],
    ["ELE-7011", "Light switch, flush, white", 3.1, 80, carton(10)],
    ["ELE-7012", "Circuit breaker B16", 4.7, 60, carton(12)],
    ["ELE-7020", "LED panel 60 × 60, 36 W", 27.3, 20, carton(4)],
  ],
  "Packaging material": [
    ["PKG-8001", "Folding carton 300 × 200 × 150", 0.42, 500, { units: [{ uom: "PAL", factor: 1_200 }] }],
    ["PKG-8002", "Folding carton 600 × 400 × 400", 1.18, 300, { units: [{ uom: "PAL", factor: 300 }] }],
    ["PKG-8003", "Packing tape 50 mm × 66 m", 1.05, 120, carton(36)],
    ["PKG-8004", "Stretch film 500 mm", 6.9, 40, carton(6)],
    ["PKG-8005", "Bubble wrap", 0.35, 400, { baseUom: "M" }],
    ["PKG-8006", "Shipping label 100 × 150, roll of 500", 7.2, 30],
    ["PKG-8007", "Euro pallet 1200 × 800", 9.5, 25],
  ],
  "Steel and timber": [
    ["RAW-9001", "Steel tube 40 × 40 × 3", 6.2, 120, { baseUom: "M" }],
    ["RAW-9002", "Flat steel 30 × 5", 2.1, 150, { baseUom: "M" }],
    ["RAW-9003", "Oak board, select grade", 8.4, 100, { baseUom: "M" }],
    ["RAW-9004", "Plywood birch 18 mm, 2500 × 1250", 64, 15],
    ["RAW-9005", "Aluminium granulate", 3.35, 200, { baseUom: "KG", tracking: "LOT" }],
  ],
};

export interface DemoItem extends Partial<CreateItem> {
  sku: string;
  name: string;
  category: string;
  cost: number;
  reorderPoint: number;
  tracking: Tracking;
  baseUom: string;
}

export const demoItems: readonly DemoItem[] = Object.entries(categories).flatMap(([category, rows]) =>
  rows.map(([sku, name, cost, reorderPoint, more]) => ({
    tracking: "NONE" as const,
    baseUom: "EA",
    ...more,
    sku,
    name,
    category,
    cost,
    reorderPoint,
  })),
);

export const demoSuppliers = [
  {
    code: "ALPENSTAHL",
    name: "Alpenstahl GmbH",
    email: "orders@alpenstahl.example",
    phone: "+43 1 555 01 10",
    website: "https://alpenstahl.example",
  },
  {
    code: "BOLTWORKS",
    name: "Boltworks Ltd",
    email: "sales@boltworks.example",
    phone: "+44 20 5550 120",
    website: "https://boltworks.example",
  },
  { code: "DONAUCHEM", name: "Donauchem AG", email: "service@donauchem.example", phone: "+43 732 555 230", website: null },
  { code: "ELEKTRON", name: "Elektron Großhandel", email: "bestellung@elektron.example", phone: null, website: "https://elektron.example" },
  { code: "KAFFEEHAUS", name: "Kaffeehaus Versorgung", email: "hallo@kaffeehaus.example", phone: "+43 1 555 77 00", website: null },
  {
    code: "PACKWELL",
    name: "Packwell S.r.l.",
    email: "info@packwell.example",
    phone: "+39 02 5550 414",
    website: "https://packwell.example",
  },
  { code: "SAFEHANDS", name: "Safe Hands Europe B.V.", email: "orders@safehands.example", phone: null, website: null },
  {
    code: "TOOLMASTER",
    name: "Toolmaster International",
    email: "trade@toolmaster.example",
    phone: "+49 89 5550 900",
    website: "https://toolmaster.example",
  },
] as const;
