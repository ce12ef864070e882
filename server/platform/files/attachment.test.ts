import { expect, test } from "vitest";
import { attachment } from "./attachment.ts";

test("a name has no quote, no line break and no folder", () => {
  expect(attachment('a"b\r\nSet-Cookie: x/../b.csv')).toBe('attachment; filename="a-b-Set-Cookie-x-..-b.csv"');
});

test("letters of all the world stand beside those that every client reads", () => {
  expect(attachment("Žižkov (1)'*.pdf")).toBe(
    `attachment; filename="-i-kov-1-.pdf"; filename*=UTF-8''%C5%BDi%C5%BEkov%20%281%29%27%20.pdf`,
  );
});

test("what hides or breaks a name is left out of both", () => {
  const hostile = "é\u202Efdp.exe\uD800\r\nX: y\u0000/..\\.pdf";
  const header = attachment(hostile);
  expect(header).toMatch(/^[\x20-\x7e]+$/);
  expect(new Headers({ "content-disposition": header }).get("content-disposition")).toBe(header);
  expect(decodeURIComponent(header.split("''")[1] ?? "")).toBe("é fdp.exe X y .. .pdf");
});

test("a name that is too long keeps its end", () => {
  expect(attachment(`${"long".repeat(50)}.pdf`)).toMatch(/^attachment; filename="[long]{96}\.pdf"$/);
  expect(attachment(`${"😀".repeat(150)}.pdf`)).toContain(`''${"%F0%9F%98%80".repeat(48)}.pdf`);
  expect(attachment(`${"😀".repeat(150)}a.pdf`)).toContain(`''${"%F0%9F%98%80".repeat(47)}a.pdf`);
});
