import { NativeSelect } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useChosenSite, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";

/** Filters every list by `?site=`. */
export function SiteSelect() {
  const { sites } = useMe();
  const chosen = useChosenSite();
  const navigate = useNavigate();
  const choices = [
    { value: "", label: messages.frame.allSites },
    ...sites.map(({ code, name }) => ({ value: code, label: `${code} · ${name}` })),
  ];
  return (
    <NativeSelect
      className="site-select"
      aria-label={messages.frame.site}
      data={choices}
      value={chosen?.code ?? ""}
      onChange={({ currentTarget }) => {
        const site = currentTarget.value || undefined;
        // Another site has other pages and other places: those of the one before would show nothing there.
        void navigate({ to: ".", search: (current) => ({ ...current, site, page: undefined, cursor: undefined, locationId: undefined }) });
      }}
    />
  );
}
