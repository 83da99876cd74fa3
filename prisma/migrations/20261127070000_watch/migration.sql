-- CreateTable
CREATE TABLE "watch" (
    "app_id" TEXT NOT NULL,
    "run_id" TEXT,
    "slot" "SlotName",
    "state" JSONB,
    "distrusted" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "watch_pkey" PRIMARY KEY ("app_id")
);

-- AddForeignKey
ALTER TABLE "watch" ADD CONSTRAINT "watch_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE CASCADE ON UPDATE CASCADE;
