-- AlterTable
ALTER TABLE "slot" ADD COLUMN     "preview_at" TIMESTAMPTZ,
ADD COLUMN     "preview_bytes" BIGINT;
