import { Loader, Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { messages } from "#web/messages.ts";

export interface Choice {
  value: string;
  label: string;
  hint?: string;
}

export interface AsyncSelectProps extends Omit<SelectProps, "data" | "value" | "onChange" | "searchValue" | "onSearchChange" | "filter"> {
  value: string | null;
  onChange: (value: string | null) => void;
  /** The choices for what was typed; asked again whenever the typing rests. */
  useChoices: (search: string) => { choices: readonly Choice[]; loading: boolean };
  /** What `value` stands for, when it is not among the choices. */
  chosen: Choice | null;
}

/** A choice among more than can be listed: the server searches. */
export function AsyncSelect({ value, onChange, useChoices, chosen, ...props }: AsyncSelectProps) {
  const [typed, setTyped] = useState("");
  // What stands in the field after choosing is no search.
  const [search] = useDebouncedValue(typed === chosen?.label ? "" : typed.trim(), 250);
  const { choices, loading } = useChoices(search);
  const known = chosen && !choices.some((choice) => choice.value === chosen.value) ? [chosen, ...choices] : choices;
  const hints = new Map(known.map((choice) => [choice.value, choice.hint]));
  return (
    <Select
      searchable
      clearable
      nothingFoundMessage={loading ? messages.loading : messages.nothingFound}
      rightSection={loading ? <Loader size={14} aria-hidden /> : undefined}
      {...props}
      data={known.map((choice) => ({ value: choice.value, label: choice.label }))}
      filter={({ options }) => options}
      value={value}
      onChange={(next) => onChange(next)}
      searchValue={typed}
      onSearchChange={setTyped}
      renderOption={({ option }) => (
        <span>
          {option.label}
          {hints.get(option.value) && <span className="option-hint">{hints.get(option.value)}</span>}
        </span>
      )}
    />
  );
}
