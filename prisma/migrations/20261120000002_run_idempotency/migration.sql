-- AlterTable
ALTER TABLE "run" ADD COLUMN     "idempotency_key" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "run_app_id_idempotency_key_key" ON "run"("app_id", "idempotency_key");
