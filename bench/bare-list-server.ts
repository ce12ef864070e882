import { serve } from "@hono/node-server";
import { Hono } from "hono";
import pg from "pg";
import { valueParsers } from "#platform/database/value-parsers.ts";

// The least that a server could do: one Hono handler, one pool, the same SQL. No session, limits, checks or headers.

const { SQL = "", VALUES = "[]", TENANT_ID = "", DATABASE_URL = "", PORT = "0" } = process.env;
const values = JSON.parse(VALUES) as unknown[];
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 20, types: valueParsers, options: `-c app.tenant_id=${TENANT_ID}` });
const app = new Hono();
app.get("/api/health", (c) => c.json({ status: "healthy" }));
app.get("/items", async (c) => c.json({ items: (await pool.query({ name: "list", text: SQL, values })).rows }));
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) });
process.on("SIGTERM", () => {
  server.close();
  process.exit(0);
});
