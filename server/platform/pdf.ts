import { createRequire } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";

const { resolve } = createRequire(import.meta.url);
// Latin, Greek and Cyrillic letters; the fonts that every PDF viewer has know the western ones only.
const fonts = {
  regular: resolve("dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf"),
  bold: resolve("dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf"),
};

export interface PdfColumn {
  title: string;
  /** Its share of the page's width, in proportion to the others'. */
  width: number;
  align?: "left" | "right";
}

export interface PdfPage {
  title: string;
  /** Lines above the table: what, and its value. */
  facts: readonly (readonly [string, string])[];
  columns: readonly PdfColumn[];
  rows: readonly (readonly string[])[];
  /** Below the table. */
  closing: readonly string[];
  /** Across every page, so that nobody takes the document for what it is not. */
  mark?: string;
}

const margin = 50;
const cellGap = 8;
/** So many rows are drawn before others get their turn. */
const rowsAtOnce = 20;

/** A document of one table on A4, with as many pages as it needs, its columns' titles on each. All texts are shown as they are. */
export async function renderPdf({ title, facts, columns, rows, closing, mark }: PdfPage): Promise<Buffer> {
  // Loaded with the first document: a server that starts does not wait for it.
  const { default: Pdf } = await import("pdfkit");
  const pdf = new Pdf({ size: "A4", margin, font: fonts.regular, info: { Title: title }, bufferPages: true });
  const whole = collect(pdf);
  const widths = widthsOf(columns, pdf.page.width - 2 * margin);

  const drawRow = (cells: readonly string[], font: string) => {
    pdf.font(font).fontSize(9);
    const options = (index: number) => ({ width: (widths[index] ?? 0) - cellGap, align: columns[index]?.align ?? ("left" as const) });
    const height = Math.max(...cells.map((cell, index) => pdf.heightOfString(cell || " ", options(index)))) + 6;
    if (pdf.y + height > pdf.page.height - 2 * margin) {
      pdf.addPage();
      if (font !== fonts.bold) drawTitles();
      pdf.font(font);
    }
    const top = pdf.y;
    let left = margin;
    for (const [index, cell] of cells.entries()) {
      pdf.text(cell, left, top + 3, options(index));
      left += widths[index] ?? 0;
    }
    pdf.moveTo(margin, top + height).lineTo(pdf.page.width - margin, top + height);
    pdf.lineWidth(0.5).strokeColor("#cccccc").stroke();
    pdf.x = margin;
    pdf.y = top + height;
  };
  const drawTitles = () =>
    drawRow(
      columns.map((column) => column.title),
      fonts.bold,
    );

  pdf.font(fonts.bold).fontSize(18).text(title).moveDown(0.5);
  pdf.fontSize(10);
  for (const [name, value] of facts) {
    pdf.font(fonts.bold).text(`${name}: `, { continued: true }).font(fonts.regular).text(value);
  }
  pdf.moveDown();
  drawTitles();
  for (const [index, row] of rows.entries()) {
    drawRow(row, fonts.regular);
    if (index % rowsAtOnce === rowsAtOnce - 1) await nextTurn();
  }
  pdf.moveDown().fontSize(10);
  for (const line of closing) pdf.font(fonts.bold).text(line, margin, pdf.y, { align: "right" });
  finishPages(pdf, mark);
  pdf.end();
  return await whole;
}

function widthsOf(columns: readonly PdfColumn[], available: number): number[] {
  const sum = columns.reduce((total, { width }) => total + width, 0);
  return columns.map(({ width }) => (width / sum) * available);
}

/** What stands on every page, once it is known how many there are. */
function finishPages(pdf: PDFKit.PDFDocument, mark: string | undefined): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page);
    // Below the margin, where the text would otherwise begin another page.
    pdf.page.margins.bottom = 0;
    if (mark) drawMark(pdf, mark);
    const place = { width: pdf.page.width - 2 * margin, align: "center" as const };
    pdf
      .font(fonts.regular)
      .fontSize(8)
      .text(`${page + 1} / ${count}`, margin, pdf.page.height - 35, place);
  }
}

function drawMark(pdf: PDFKit.PDFDocument, mark: string): void {
  const { width, height } = pdf.page;
  pdf.save().rotate(-45, { origin: [width / 2, height / 2] });
  pdf.font(fonts.bold).fontSize(80).fillColor("#c00000").fillOpacity(0.2);
  pdf.text(mark, 0, height / 2 - 50, { width, align: "center", lineBreak: false });
  pdf.restore().fillColor("black").fillOpacity(1);
}

function collect(pdf: PDFKit.PDFDocument): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((done, fail) => {
    pdf.on("data", (chunk: Buffer) => void chunks.push(chunk));
    pdf.on("end", () => done(Buffer.concat(chunks)));
    pdf.on("error", fail);
  });
}
