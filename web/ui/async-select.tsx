import { Loader, Select, type SelectProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { messages } from "#web/messages.ts";

export interface Choice {
  value: string;
  label: string;
  hint?: string;
}

/** What a picker leaves to whoever places it. */
export interface PickerProps extends Omit<SelectProps, "data" | "value" | "onChange" | "searchValue" | "onSearchChange" | "filter"> {
  value: string | null;
  onChange: (value: string | null) => void;
}

interface Props extends PickerProps {
  choices: readonly Choice[];
  loading: boolean;
  /** What `value` stands for, when it is not among the choices. */
  chosen: Choice | null;
  /** Told once the typing rests; the choices are for what was told. */
  onSearch: (search: string) => void;
}

/** A choice among more than can be listed: the server searches. */
export function AsyncSelect({ value, onChange, choices, loading, chosen, onSearch, ...props }: Props) {
  const [typed, setTyped] = useState("");
  const tell = useDebouncedCallback(onSearch, 250);
  const known = chosen && !choices.some((choice) => choice.value === chosen.value) ? [chosen, ...choices] : choices;
  const hints = new Map(known.map((choice) => [choice.value, choice.hint]));
  return (
    <Select
      searchable
      clearable
      openOnFocus={false}
      nothingFoundMessage={loading ? messages.loading : messages.nothingFound}
      rightSection={loading ? <Loader size={14} aria-hidden /> : undefined}
      {...props}
      data={known.map((choice) => ({ value: choice.value, label: choice.label }))}
      filter={({ options }) => options}
      value={value}
      onChange={(next) => onChange(next)}
      searchValue={typed}
      onSearchChange={(text) => {
        setTyped(text);
        // What stands in the field after choosing is no search.
        tell(known.some(({ label }) => label === text) ? "" : text.trim());
      }}
      renderOption={({ option }) => (
        <span>
          {option.label}
          {hints.get(option.value) && <span className="option-hint">{hints.get(option.value)}</span>}
        </span>
      )}
    />
  );
}
