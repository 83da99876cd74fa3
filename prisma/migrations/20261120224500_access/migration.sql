-- AlterTable
ALTER TABLE "user" ADD COLUMN     "suspended_at" TIMESTAMPTZ;

-- CreateTable
CREATE TABLE "throttle" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "last_at" TIMESTAMPTZ NOT NULL,
    "blocked_until" TIMESTAMPTZ,

    CONSTRAINT "throttle_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "audit_entry_actor_id_at_idx" ON "audit_entry"("actor_id", "at");

-- Not in Prisma's schema file: the audit log is append-only. Whoever may change tables can still lift it, and then
-- it shows; what this stops is a mistake, and a hole in the application.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('signalbox.pruning_audit', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- The one way in which entries go: those older than a time that is at least 90 days past. Answers how many.
CREATE FUNCTION prune_audit(before TIMESTAMPTZ) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
  gone BIGINT;
BEGIN
  IF before > now() - interval '90 days' THEN
    RAISE EXCEPTION 'audit entries are kept for 90 days at least' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM set_config('signalbox.pruning_audit', 'on', true);
  DELETE FROM audit_entry WHERE at < before;
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM set_config('signalbox.pruning_audit', 'off', true);
  RETURN gone;
END $$;
