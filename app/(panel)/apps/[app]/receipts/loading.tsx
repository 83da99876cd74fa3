import { Skeleton } from "#components/ui/skeleton.tsx";

export default function Loading() {
  return <Skeleton rows={2} label="Loading the receipts" />;
}
