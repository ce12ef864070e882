import type { z } from "zod";
import type { TestClient } from "#tests/support/test-client.ts";
import { textFields } from "./text-fields.ts";
import { type Family, hostileEmail, hostileText } from "./texts.ts";

export type TextOf = (field: string) => string;

/** Gives each field a hostile text of its own, and knows it again by its tag, such as `XSS-7`. */
export function createFieldTexts(family: Family) {
  const lengths = textFields();
  const texts = new Map<string, string>();
  const carried = new Map<string, string>();
  let number = 100;
  const textOf: TextOf = (field) => {
    const known = carried.get(field);
    if (known !== undefined) return texts.get(known) ?? "";
    const max = lengths.get(field);
    if (max === undefined) throw new Error(`There is no such field: ${field}`);
    number += 1;
    const text = /\bemail$/.test(field) ? hostileEmail(number) : hostileText(family, number, max);
    texts.set(`XSS-${number}`, text);
    carried.set(field, `XSS-${number}`);
    return text;
  };
  return {
    lengths,
    /** The same one each time: `POST /sites name`. */
    textOf,
    /** Of a field that names what another field made. */
    named: (field: string, by: string): string => {
      const text = textOf(by);
      carried.set(field, carried.get(by) ?? "");
      return text;
    },
    typed: (tag: string) => texts.get(tag),
    know: (tag: string, text: string) => void texts.set(tag, text),
    /** The fields that carried a text, each with its tag. */
    carried: carried as ReadonlyMap<string, string>,
  };
}
export type FieldTexts = ReturnType<typeof createFieldTexts>;

/** Sends what `body` makes of the fields' texts; throws unless it was taken. */
export async function send<T extends z.ZodType>(
  { textOf }: FieldTexts,
  client: TestClient,
  schema: T,
  route: string,
  body: (text: TextOf) => object,
  id = "",
): Promise<z.output<T>> {
  const [method = "", path = ""] = route.split(" ");
  const answer = await client.call(
    method as "POST" | "PATCH",
    path.replace("{id}", id),
    body((field) => textOf(`${route} ${field}`)),
  );
  return answer.read(schema);
}
