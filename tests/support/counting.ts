import type { z } from "zod";
import type { Role } from "#contract/identity.ts";
import { CycleCount, type CreateCycleCount, type RecordLine } from "#contract/counting.ts";
import type { TestServer } from "./test-app.ts";
import type { Answer, TestClient } from "./test-client.ts";

/** Plans and carries out counts over the API: planned and approved by the Supervisor, counted by the Operator, unless another is named. */
export async function createCounting(server: TestServer) {
  const clients = { Admin: await server.as("Admin"), Supervisor: await server.as("Supervisor"), Operator: await server.as("Operator") };
  const { sites } = server.tenants.acme;
  const of = ({ id }: Pick<CycleCount, "id">, rest = "") => `/cycle-counts/${id}${rest}`;
  const by = (role: keyof typeof clients): TestClient => clients[role];

  const plan = async (more: Partial<z.input<typeof CreateCycleCount>>): Promise<CycleCount> => {
    const body = { siteId: sites.main.id, type: "ITEM", name: "Count", ...more };
    return (await by("Supervisor").post("/cycle-counts", body)).read(CycleCount);
  };
  const start = (count: Pick<CycleCount, "id">, role: keyof typeof clients = "Operator"): Promise<Answer> =>
    by(role).post(of(count, "/start"));

  return {
    plan,
    start,
    begin: async (more: Partial<z.input<typeof CreateCycleCount>>): Promise<CycleCount> => (await start(await plan(more))).read(CycleCount),
    read: async (count: Pick<CycleCount, "id">, role: Exclude<Role, "Viewer"> = "Supervisor") =>
      (await by(role).get(of(count))).read(CycleCount),
    record: (count: Pick<CycleCount, "id">, lines: readonly z.input<typeof RecordLine>[], role: keyof typeof clients = "Operator") =>
      by(role).post(of(count, "/record"), { lines }),
    approve: (count: Pick<CycleCount, "id">, body: object, role: keyof typeof clients = "Supervisor", headers?: Record<string, string>) =>
      by(role).post(of(count, "/approve"), body, headers),
    cancel: (count: Pick<CycleCount, "id">) => by("Supervisor").post(of(count, "/cancel")),
    reverse: (count: Pick<CycleCount, "id">) => by("Supervisor").post(of(count, "/reverse"), { reasonCode: "ENTRY-ERROR" }),
    counted: async (answer: Answer | Promise<Answer>) => (await answer).read(CycleCount),
  };
}
export type Counting = Awaited<ReturnType<typeof createCounting>>;
