-- AlterTable
ALTER TABLE "slot" ADD COLUMN     "fed" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "way_back" ADD COLUMN     "lossless" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "reason" TEXT;
