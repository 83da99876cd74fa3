import Link from "next/link";
import { buttonStyle } from "./button-style.ts";

/** To the next page of a list that goes back in time; and to its start. */
export function OlderLinks({ older, newest }: { older: string | null; newest: string | null }) {
  if (!older && !newest) return null;
  return (
    <nav aria-label="Pages" className="mt-4 flex gap-2">
      {newest && (
        <Link href={newest} className={buttonStyle("outline")}>
          Newest
        </Link>
      )}
      {older && (
        <Link href={older} className={buttonStyle("outline")}>
          Older
        </Link>
      )}
    </nav>
  );
}
