import { extractText, getDocumentProxy, getMeta } from "unpdf";
import { describe, expect, test } from "vitest";
import { type PdfPage, renderPdf } from "./pdf.ts";

const page: PdfPage = {
  title: "Purchase order PO-000001",
  facts: [["To", "Škoda Žižkov, Ελλάδα, Москва"]],
  columns: [
    { title: "Item", width: 3 },
    { title: "Quantity", width: 1, align: "right" },
  ],
  rows: [["BOLT-8", "12.5"]],
  closing: ["Total 30.00 EUR"],
};
const pagesOf = async (pdf: Buffer) => (await extractText(new Uint8Array(pdf))).text;

describe("a PDF", () => {
  test("says everything that it was given, in the letters of all of Europe", async () => {
    const pdf = await renderPdf(page);
    const [text = "", ...more] = await pagesOf(pdf);
    expect(more).toEqual([]);
    for (const part of [page.title, "To: Škoda Žižkov, Ελλάδα, Москва", "Item", "BOLT-8", "12.5", "Total 30.00 EUR", "1 / 1"])
      expect(text).toContain(part);
    expect((await getMeta(new Uint8Array(pdf))).info).toMatchObject({ Title: page.title });
  });

  test("has as many pages as its rows need, each with the titles of its columns, and no row is lost", async () => {
    const rows = Array.from({ length: 200 }, (_, row) => [`ROW-${row}.`, String(row)]);
    const pages = await pagesOf(await renderPdf({ ...page, rows }));
    expect(pages.length).toBeGreaterThan(3);
    for (const [index, text] of pages.entries()) {
      expect(text).toContain("Quantity");
      expect(text).toContain(`${index + 1} / ${pages.length}`);
    }
    const all = pages.join(" ");
    expect(rows.filter(([name = ""]) => !all.includes(name))).toEqual([]);
  });

  test("breaks what is too long for its column, and keeps it", async () => {
    const long = "word ".repeat(60).trim();
    const [text = ""] = await pagesOf(await renderPdf({ ...page, rows: [[long, "1"]] }));
    expect(text.match(/word/g)).toHaveLength(60);
  });

  test("bears its mark on every page, and only where it has one", async () => {
    const rows = Array.from({ length: 60 }, (_, row) => [`ROW-${row}.`, "1"]);
    const marked = await pagesOf(await renderPdf({ ...page, rows, mark: "DRAFT" }));
    expect(marked.length).toBeGreaterThan(1);
    for (const text of marked) expect(text).toContain("DRAFT");
    expect((await pagesOf(await renderPdf({ ...page, rows }))).join()).not.toContain("DRAFT");
  });

  test("leaves others their turn while it draws", async () => {
    const rows = Array.from({ length: 500 }, (_, row) => [`ROW-${row}.`, "1"]);
    const drawing = renderPdf({ ...page, rows });
    let turns = 0;
    let isDone = false;
    const takeTurn = () => {
      turns += 1;
      if (!isDone) setImmediate(takeTurn);
    };
    setImmediate(takeTurn);
    await drawing;
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(25);
  });

  test("takes markup and control characters for text", async () => {
    const hostile = "<script>alert(1)</script> ) Tj /JavaScript (x) \\( %PDF";
    const pdf = await renderPdf({ ...page, title: hostile, rows: [[hostile, "1"]] });
    expect((await pagesOf(pdf)).join(" ")).toContain("<script>alert(1)</script>");
    const read = await getDocumentProxy(new Uint8Array(pdf));
    expect([await read.getJSActions(), await read.getOpenAction()]).toEqual([null, null]);
  });
});
