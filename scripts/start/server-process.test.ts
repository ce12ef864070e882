import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { requireFreePort } from "./server-process.ts";

test("a free port is fine, a taken one is told with another to choose", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(requireFreePort("127.0.0.1", port)).rejects.toThrow(`Port ${port} is taken by another program`);
  await expect(requireFreePort("0.0.0.0", port)).rejects.toThrow(`Port ${port} is taken by another program`);
  other.close();
  await once(other, "close");
  await expect(requireFreePort("127.0.0.1", port)).resolves.toBeUndefined();
});

test("a HOST that is no address of this machine is not told as a taken port", async () => {
  // 192.0.2.0/24 belongs to documentation, never to a machine.
  await expect(requireFreePort("192.0.2.1", 3000)).rejects.toThrow(/^HOST 192\.0\.2\.1 is no address of this machine/);
});
