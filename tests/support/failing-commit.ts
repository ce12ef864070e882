import type { TestServer } from "./test-app.ts";

/** Runs `work` while no transaction that writes an audit event can commit: as when the disk is full at that moment. */
export async function whereNoAuditEventCommits(server: Pick<TestServer, "sql">, work: () => Promise<void>): Promise<void> {
  await server.sql(`
    CREATE FUNCTION no_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no space' USING ERRCODE = '53100'; END $$;
    CREATE CONSTRAINT TRIGGER no_commit AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_commit()`);
  try {
    await work();
  } finally {
    await server.sql("DROP TRIGGER no_commit ON audit_event; DROP FUNCTION no_commit()");
  }
}
