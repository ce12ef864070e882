import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useState } from "react";
import { messages } from "#web/messages.ts";

const parts = new Intl.NumberFormat(undefined, { useGrouping: "always" }).formatToParts(1_234.5);
const sign = (type: "decimal" | "group") => parts.find((part) => part.type === type)?.value;
const decimal = sign("decimal") ?? ".";
const group = sign("group");

/**
 * A number that is not negative, written as the browser's locale writes it: where the comma groups, `1,500` is no one and a half.
 * Whoever types `1,5` there gets 15, and is told what the sign means: below a thousand there is nothing to group.
 */
export function NumberField(props: NumberInputProps) {
  const [hasGrouped, setHasGrouped] = useState(false);
  const grouped = hasGrouped && group !== undefined && props.value !== "" && Number(props.value) < 1_000;
  return (
    <NumberInput
      min={0}
      hideControls
      inputMode="decimal"
      decimalSeparator={decimal}
      allowedDecimalSeparators={[decimal]}
      thousandSeparator={group ?? false}
      onBeforeInput={({ nativeEvent }) => {
        // Not a key: a phone's keyboard does not tell which one was pressed.
        const { data } = nativeEvent;
        setHasGrouped((before) => data !== decimal && (before || data === group));
      }}
      {...props}
      error={props.error ?? (grouped && messages.invalid.groups(group, decimal))}
    />
  );
}
