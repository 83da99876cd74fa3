"use client";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { Button } from "../ui/button.tsx";

/** Makes the page anew; looking takes up to a few seconds. */
export function LookAgain() {
  const router = useRouter();
  const [pending, start] = useTransition();
  return (
    <Button size="small" pending={pending} onClick={() => start(() => router.refresh())}>
      Look again
    </Button>
  );
}
