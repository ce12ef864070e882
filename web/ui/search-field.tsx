import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

interface Props {
  label: string;
  value: string | undefined;
  onSearch: (text: string) => void;
}

/** Types freely, and tells its caller once the typing rests. */
export function SearchField({ label, value = "", onSearch }: Props) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback((typed: string) => {
    setTold(typed);
    onSearch(typed);
  }, 300);
  // The address may change from elsewhere: the back button, or a filter that was cleared. Our own change coming back
  // is none: by then more may have been typed.
  if (value !== seen) {
    setSeen(value);
    if (value !== told) setText(value);
  }
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={text}
      maxLength={200}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        tell(currentTarget.value.trim());
      }}
    />
  );
}
