import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Location } from "#contract/sites.ts";
import { useChosenSite, useMe } from "#web/features/identity/session.ts";
import { AsyncSelect, type Choice, type PickerProps } from "#web/ui/async-select.tsx";
import { locationQuery, locationsQuery } from "./api.ts";

/** More sites than this are not searched at once: the top bar says which one. */
const sitesSearchedMax = 6;

interface Props extends PickerProps {
  /** Also the other sites, when the top bar names one: a move may lead there. */
  anySite?: boolean;
}

/** A place by its code or name, the chosen site's first; its value is the location's id. */
export function LocationPicker({ anySite = false, ...props }: Props) {
  const me = useMe();
  const site = useChosenSite();
  const others = me.sites.filter(({ active, id }) => active && id !== site?.id);
  const sites = site ? [site, ...(anySite ? others : [])] : others;
  const searched = sites.slice(0, sitesSearchedMax);
  const [search, setSearch] = useState("");
  const found = useQueries({ queries: searched.map(({ id }) => locationsQuery(id, search)) });
  const chosen = useQuery({ ...locationQuery(props.value ?? ""), enabled: props.value !== null });
  const siteCodes = new Map(me.sites.map(({ id, code }) => [id, code]));
  const choiceOf = ({ id, siteId, code, name }: Location): Choice => ({
    value: id,
    label: me.sites.length > 1 ? `${code} · ${siteCodes.get(siteId) ?? ""}` : code,
    ...(name ? { hint: name } : {}),
  });
  return (
    <AsyncSelect
      {...props}
      choices={found.flatMap(({ data }) => (data?.items ?? []).map(choiceOf))}
      loading={found.some(({ isFetching }) => isFetching)}
      chosen={props.value !== null && chosen.data ? choiceOf(chosen.data) : null}
      onSearch={setSearch}
    />
  );
}
