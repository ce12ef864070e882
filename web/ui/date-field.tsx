import { Text, TextInput } from "@mantine/core";

interface Props {
  label: string;
  type: "date" | "datetime-local";
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A day or an instant of a filter: what it bounds stands inside the field. */
export function DateField({ label, type, value = "", onChange }: Props) {
  return (
    <TextInput
      className="date-field"
      type={type}
      aria-label={label}
      leftSection={
        <Text size="xs" c="dimmed" aria-hidden>
          {label}
        </Text>
      }
      // About a character's width each: the library keeps its place in pixels.
      leftSectionWidth={label.length * 6 + 22}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    />
  );
}
