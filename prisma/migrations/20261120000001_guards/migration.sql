-- What Prisma's schema file can't say. The application checks all of this too; these are the last line.

-- One run at a time per app.
CREATE UNIQUE INDEX run_one_at_a_time ON run (app_id) WHERE status IN ('queued', 'running');

-- At most one slot of an app holds the writes that count. Deferred: the swap's commit may move it in any order.
ALTER TABLE slot ADD CONSTRAINT slot_one_authority
  EXCLUDE USING btree (app_id WITH =) WHERE (data_state = 'authoritative') DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE app
  ADD CONSTRAINT app_name_form CHECK (name ~ '^[a-z][a-z0-9-]{0,30}$'),
  ADD CONSTRAINT app_counters CHECK (route_version >= 1 AND epoch >= 0);

ALTER TABLE domain ADD CONSTRAINT domain_host_form CHECK (host <> '' AND host = lower(host));

ALTER TABLE slot ADD CONSTRAINT slot_port_range CHECK (port BETWEEN 1 AND 65535);

ALTER TABLE run
  ADD CONSTRAINT run_started CHECK (status <> 'running' OR started_at IS NOT NULL),
  ADD CONSTRAINT run_finished CHECK ((status IN ('queued', 'running')) = (finished_at IS NULL)),
  -- After the commit there is only forward.
  ADD CONSTRAINT run_committed CHECK (committed_at IS NULL OR status <> 'aborted');

ALTER TABLE run_step ADD CONSTRAINT run_step_counters CHECK (position >= 0 AND attempt >= 0);
ALTER TABLE run_event ADD CONSTRAINT run_event_seq CHECK (seq >= 0);
ALTER TABLE way_back ADD CONSTRAINT way_back_counts CHECK (inserted >= 0 AND changed >= 0 AND deleted >= 0);

-- What happened is never rewritten. (It may go with its app.)
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER run_event_append_only BEFORE UPDATE ON run_event
  FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
