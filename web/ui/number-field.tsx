import { NumberInput, type NumberInputProps } from "@mantine/core";

const parts = new Intl.NumberFormat(undefined, { useGrouping: "always" }).formatToParts(1_234.5);
const sign = (type: "decimal" | "group") => parts.find((part) => part.type === type)?.value;
const decimal = sign("decimal") ?? ".";

/** A number that is not negative, written as the browser's locale writes it: where the comma groups, `1,500` is no one and a half. */
export function NumberField(props: NumberInputProps) {
  return (
    <NumberInput
      min={0}
      hideControls
      inputMode="decimal"
      decimalSeparator={decimal}
      allowedDecimalSeparators={[decimal]}
      thousandSeparator={sign("group") ?? false}
      {...props}
    />
  );
}
