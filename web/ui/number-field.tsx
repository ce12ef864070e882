import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useState } from "react";
import { messages } from "#web/messages.ts";
import { misreadSign } from "./misread-sign.ts";

const parts = new Intl.NumberFormat(undefined, { useGrouping: "always" }).formatToParts(1_234.5);
const sign = (type: "decimal" | "group") => parts.find((part) => part.type === type)?.value;
const decimal = sign("decimal") ?? ".";
const group = sign("group");

/**
 * A number that is not negative, written as the browser's locale writes it: where the comma groups, `1,500` is no one and a half.
 * Whoever types `1,5` there gets 15, and is told which sign is the decimal one.
 */
export function NumberField(props: NumberInputProps) {
  const [typed, setTyped] = useState("");
  const misread = props.value === "" ? undefined : misreadSign(typed, Number(props.value), { decimal, group });
  return (
    <NumberInput
      min={0}
      hideControls
      inputMode="decimal"
      decimalSeparator={decimal}
      allowedDecimalSeparators={[decimal]}
      thousandSeparator={group ?? false}
      onBeforeInput={({ data, currentTarget: { selectionStart, selectionEnd, value } }) => {
        // Not a key: a phone's keyboard does not tell which one was pressed. Nor the browser's event: not everyone's has the text.
        const anew = selectionStart === 0 && selectionEnd === value.length;
        setTyped((before) => (anew ? data : before + data));
      }}
      {...props}
      error={props.error ?? (misread && messages.invalid.misread(misread, decimal))}
    />
  );
}
