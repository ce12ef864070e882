import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { User } from "#contract/identity.ts";
import type { UsersSearch } from "#web/app/search.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import type { Column } from "#web/ui/data-table.tsx";
import { formatInstant } from "#web/ui/format.ts";
import { ListScreen } from "#web/ui/list-screen.tsx";
import { NotAllowed } from "#web/ui/not-allowed.tsx";
import { offsetOf, pageSize, Pager } from "#web/ui/pager.tsx";
import { SearchField } from "#web/ui/search-field.tsx";
import { usersQuery } from "./users-api.ts";
import { useMe } from "./session.ts";
import { UserState } from "./user-badges.tsx";

const text = adminMessages.users;
const route = getRouteApi("/frame/admin/users");

const InviteDialog = lazy(() => import("./invite-dialog.tsx"));

export function UsersPage() {
  if (useMe().role !== "Admin") return <NotAllowed title={text.title} reason={messages.admin.notAllowed} />;
  return <Users />;
}

function Users() {
  const { sites } = useMe();
  const { search, sort, page } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(usersQuery({ search, sort, limit: pageSize, offset: offsetOf(page), total: true }));
  const change = (changes: UsersSearch) => void navigate({ search: (current) => ({ ...current, page: undefined, ...changes }) });
  const codes = new Map(sites.map(({ id, code }) => [id, code]));
  return (
    <ListScreen
      name="users"
      title={text.title}
      actions={<InviteButton />}
      query={query}
      columns={columnsWith(codes)}
      rowKey={({ id }) => id}
      sort={sort ?? "name"}
      onSort={(by) => change({ sort: by })}
      search={<SearchField label={text.search} value={search} onSearch={(typed) => change({ search: typed || undefined })} />}
      searched={Boolean(search)}
      filters={null}
      filtered={false}
      onClear={() => change({ search: undefined })}
      empty={{ icon: <IconUsers />, title: text.none, noMatch: text.noMatch, action: null }}
    >
      {(paging, rows) => <Pager page={paging} rows={rows} onPage={(number) => change({ page: number > 1 ? String(number) : undefined })} />}
    </ListScreen>
  );
}

function InviteButton() {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={open}>
        {text.invite}
      </Button>
      {opened && (
        <Suspense>
          <InviteDialog onClose={close} />
        </Suspense>
      )}
    </>
  );
}

const columnsWith = (codes: ReadonlyMap<string, string>): readonly Column<User>[] => [
  {
    id: "name",
    header: text.name,
    sortBy: "name",
    always: true,
    cell: ({ id, name }) => (
      <Link to="/admin/users/$userId" params={{ userId: id }} className="cell-link">
        {name}
      </Link>
    ),
  },
  { id: "email", header: text.email, wide: true, cell: ({ email }) => email },
  { id: "role", header: text.role, sortBy: "role", cell: ({ role }) => messages.role[role] },
  {
    id: "sites",
    header: text.sites,
    wide: true,
    cell: ({ role, siteIds }) => (role === "Admin" ? text.allSites : siteIds.map((id) => codes.get(id) ?? "–").join(", ")),
  },
  { id: "state", header: text.state, cell: (user) => <UserState {...user} /> },
  { id: "createdAt", header: text.joined, sortBy: "createdAt", wide: true, cell: ({ createdAt }) => formatInstant(createdAt) },
];
