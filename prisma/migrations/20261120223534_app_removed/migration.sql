-- AlterTable
ALTER TABLE "app" ADD COLUMN     "removed_at" TIMESTAMPTZ;
