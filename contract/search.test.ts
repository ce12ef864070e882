import { describe, expect, test } from "vitest";
import { forbiddenPatterns, SearchText } from "./search.ts";

// What people type into a warehouse's search box: 40 names of a bicycle maker's catalogue and its vendors, then harder ones.
const names =
  `Adjustable Race|BB Ball Bearing|Headset Ball Bearings|Thin-Jam Hex Nut 9|Paint - Black|Cup-Shaped Race|Cone-Shaped Race|LL Spindle/Axle|HL Road Frame - Black, 58|Sport-100 Helmet, Red|Mountain Bike Socks, M|Long-Sleeve Logo Jersey, S|Road-150 Red, 62|Mountain-100 Silver, 38|ML Road Frame-W - Yellow, 38|Men's Sports Shorts, S|Touring-Panniers, Large|Taillights - Battery-Powered|Headlights - Dual-Beam|Women's Tights, S|Men's Bib-Shorts, S|Half-Finger Gloves, S|Water Bottle - 30 oz.|Patch Kit/8 Patches|Hitch Rack - 4-Bike|Bike Wash - Dissolver|All-Purpose Bike Stand|Hydration Pack - 70 oz.|LL Mountain Seat/Saddle|External Lock Washer 3|Metal Tread Plate|Chainring Bolts|Decal 2|Trikes, Inc.|Chicago Rent-All|G & K Bicycle Corp.|Hill's Bicycle Service|Jeff's Sporting Goods|Anderson's Custom Bikes|A. Datum Corporation
O'Brien|3/4" bolt|A--B|select-grade oak|union nut|50%|C#|100% cotton|drop forged|drop-in anchor|update kit|insert nut M6|delete key cap|create-a-cake set|table leg|and/or gate 7408|1=1 ratio gear|Black & Decker|5' garden hose|6' x 4' tarp|6'--8' extension pole|rock 'n' roll poster|kid's T-shirt|Levi's 501|L'Oréal|D'Addario strings|M&M's 200 g|screw; zinc plated|bolt;nut;washer|oak; select grade|hook; drop forged|chair; drop leaf table|cable; select 2 colors|8' -- white oak|hose 10';|bolt 5' or 6|A and 1 = 1.5 ratio|Ladies'; with belt|kit; update 2|label; insert|Hammer -- small|cable #12/2|/* sale */ mug|Type 1 or 2 plug|USB-C to USB-A, 2 m|Ø 12 mm rod|½ inch elbow|20x30x5 cm box|oil 5W-30|PVC pipe 1.5"|2" or 3" elbow|nut (hex)|resistor 10kΩ ±5%|bearing 6204-2RS|café crème|日本酒 720ml|select a size gloves|truck grant decal|Union Jack flag|execute order mug|exec chair|alter ego mask|shutdown valve|sleeping bag|sleep mask (eye)|Deep Sleep (60 capsules)|Sleep (60)|5' or 6 in (15 cm)|benchmark weight set|wait for it: the game|delay relay 24V|xplorer boots|XP_100 adapter|DIN 912 M8x20|a_b|\\ backslash \\|like new|is 5 = five|WD-40 'smart straw'|$9.99 bin|<b>bold</b> sign|גלגל שיניים|кабель 3×1,5 мм²|Kühler für Škoda|R&D sample #4`
    .split(/[|\n]/)
    .map((name) => name.replaceAll("\\\\", "\\"));

test("the list is of a hundred names and more", () => expect(new Set(names).size).toBeGreaterThanOrEqual(100));

// Words of SQL and its signs, as honest catalogues have them.
const furtherNames = [
  "Relax and Sleep (60)",
  "Calm or Sleep (30)",
  "Magnesium 400 and Sleep (60)",
  "O'Neill & Sons (select) -- 12/4",
  "drop table, oak",
  "side board; drop table, oak",
  "desk; drop table",
  "union select clamp",
  "union select clamp, brass",
  "pipe union (select size)",
  "pipe union(select size)",
  "union (select 2 sizes)",
  "union select 'smart' clamp",
  "Boys' and Girls #2 pencils",
  "Ladies' or Misses -- blue",
  "hose 5' or 6 #12",
  "true or false quiz cards",
  "Nature's Own and True Blue",
  "benchmark (2 pieces)",
  "select a table from oak",
  "order by 3 pack -- bulk",
  "having 2 pockets, Men's",
  "insert into sleeve (nylon)",
  "update kit; set of 4",
  "group by colour -- red",
];
test.each(furtherNames)("%s is an ordinary search, whatever its words mean elsewhere", (name) => expect(SearchText.parse(name)).toBe(name));

test.each(names)("%s is an ordinary search", (name) => expect(SearchText.parse(name)).toBe(name.normalize("NFC").trim()));

describe("what can only be an attempt at injection is refused", () => {
  test.each([
    ["a statement behind another", "'; DROP TABLE users; --"],
    ["a statement behind another", "x; DELETE FROM item"],
    ["a statement behind another", "1; UPDATE item SET name = 'x'"],
    ["a statement behind another", 'x; update "item" set name = 1'],
    ["a statement behind another", "a;INSERT INTO t VALUES (1)"],
    ["a statement behind another", "; SELECT 1"],
    ["a statement behind another", "; select * from item"],
    ["a statement behind another", "; select password from app_user"],
    ["a statement behind another", ";\ntruncate  table item"],
    ["a statement behind another", "; grant all on item"],
    ["a statement behind another", "; copy item to"],
    ["a statement behind another", "'; EXEC sp_who"],
    ["a statement behind another", ";exec xp_cmdshell"],
    ["a statement behind another", "x';shutdown"],
    ["a statement behind another, a comment between its words", ";drop/**/table/**/item"],
    ["a comment behind a quote", "admin'--"],
    ["a comment behind a quote", "admin' #"],
    ["a comment behind a quote", "admin'/*"],
    ["a quote that ends a statement", "' ; "],
    ["a comment that ends a statement", "; --"],
    ["UNION SELECT", "UNION SELECT password FROM app_user"],
    ["UNION SELECT", "1 union all select null"],
    ["UNION SELECT", "UnIoN   SeLeCt 1"],
    ["UNION SELECT, a comment between its words", "1 union/* x */select 1"],
    ["a tautology", "1 or 1=1"],
    ["a tautology", "x AND 2 = 2"],
    ["a tautology", "1 or 'a'='a'"],
    ["a tautology", "' or '1'='1"],
    ["a tautology in brackets", "') or ('1'='1"],
    ["a tautology", "' OR ''='"],
    ["a tautology", "' or true = true"],
    ["a tautology", '" or "1"="1'],
    ["a tautology in brackets", "' or (1)=(1)"],
    ["a tautology", "1 or 0x1=0x1"],
    ["a tautology, the rest a comment", "' or 1 --"],
    ["a tautology, the rest a comment", "' or true--"],
    ["a tautology, the rest a comment", "' or 2>1 #"],
    ["a tautology, the rest a comment", "' or not false--"],
    ["a tautology without its last quote", "1' or '1"],
    ["a question", "' or exists(select 1)"],
    ["a question of groups", "' having 1=1"],
    ["a count of columns", "order by 3--"],
    ["UNION SELECT in a comment that one database reads", "1 /*!50000union*/ select 1"],
    ["UNION SELECT in wide letters", "ｕｎｉｏｎ ｓｅｌｅｃｔ"],
    ["a statement behind another", "; drop materialized view x"],
    ["a statement behind another", "'; call x()"],
    ["a guess at a value", "x' and name like 'a%"],
    ["a guess at a value", "' OR x is null"],
    ["texts put together", "a'||'b"],
    ["an extended procedure", "xp_cmdshell"],
    ["a delay", "1; waitfor delay '0:0:5'"],
    ["a delay", "WAITFOR  DELAY '0'"],
    ["a delay", "pg_sleep(5)"],
    ["a delay", "sleep(5)"],
    ["a delay", "1 or sleep (5)"],
    ["a delay", "select sleep ( 5 )"],
    ["a delay behind a quote", "' and sleep (5)"],
    ["a delay in brackets", "1) or (sleep (5)"],
    ["a tautology without a comparison", "' or true"],
    ["a tautology without a comparison", "1' or true"],
    ["a tautology without a comparison", "') or (not false)"],
    ["a tautology, the rest a comment", "1' or 1 --"],
    ["a tautology, the rest a comment", "' or a>b --"],
    ["UNION SELECT in brackets", "union(select 1)"],
    ["UNION SELECT in brackets", "1 union (select password from app_user)"],
    ["UNION SELECT in brackets", "1 union all(select null)"],
    ["UNION SELECT in brackets", "x union ((select 1, 2))"],
    ["UNION SELECT of columns", "x union select email, password from app_user"],
    ["UNION SELECT of a text", "x' union select 'a', 'b"],
    ["UNION SELECT of a function", "x union select user()"],
    ["UNION SELECT of a function", "x union select @@version"],
    ["a tautology over a list", "' or 1 in (1)"],
    ["a tautology over a list", "x') or 'a' not in ('b')"],
    ["a tautology over a range", "' or 1 between 0 and 2"],
    ["a delay", "benchmark(1000000,md5(1))"],
    ["a delay", "dbms_lock.sleep(5)"],
  ])("%s: %s", (_, text) => {
    for (const written of [text, text.toUpperCase(), text.toLowerCase()])
      expect(SearchText.safeParse(written).error?.issues, written).toMatchObject([
        { message: "Invalid search query - contains forbidden patterns" },
      ]);
  });
});

test("a text is as long as 200 characters, and no longer", () => {
  expect(SearchText.parse("x".repeat(200))).toHaveLength(200);
  expect(SearchText.safeParse("x".repeat(201)).error?.issues).toMatchObject([{ code: "too_big", maximum: 200 }]);
});

// A pattern that goes back and forth would need hours for these; the bound leaves a busy machine its time.
const hostile = [
  "'",
  " ",
  "' or ",
  "a' and '",
  "union ",
  "1=",
  "; select ",
  ";",
  "/*",
  "/**",
  "*/",
  "or 1",
  "--",
  '"',
  "(",
  "x' or x",
  "; update x",
  "0",
  "or '",
  "' or a ",
  ";select 1",
  "/*!5",
  "' or 1 ",
  "or sleep ",
  "union(",
  "union select a,",
  "union select '",
  "' or true ",
  "1' or 1 ",
  "' or 1<",
];
test.each(hostile)("every pattern reads 100,000 characters of %o in one go", (piece) => {
  const text = piece.repeat(Math.ceil(100_000 / piece.length));
  const startedAt = process.cpuUsage();
  for (const start of ["", "'", "' or ", "; select ", "union", "or 1", '" or "', ";drop"])
    for (const pattern of forbiddenPatterns) pattern.test(start + text);
  expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(5_000);
});
