"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Notice } from "../ui/notice.tsx";

/** For whoever came in by a link: it works once, and at three in the morning it is too late. */
export function PasswordReminder() {
  if (usePathname() === "/account") return null;
  return (
    <div className="mb-4">
      <Notice title="You came in by a link that works once.">
        <p>
          <Link href="/account" className="underline underline-offset-2">
            Set a name and a password
          </Link>{" "}
          to get in again.
        </p>
      </Notice>
    </div>
  );
}
