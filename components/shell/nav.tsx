"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";

const places = [
  {
    href: "/",
    label: "Apps",
    here: (path: string) => path === "/" || path.startsWith("/apps") || path.startsWith("/runs"),
  },
  { href: "/audit", label: "Audit", here: (path: string) => path.startsWith("/audit") },
  { href: "/settings/people", label: "Settings", here: (path: string) => path.startsWith("/settings") },
];

/** The few places there are. */
export function Nav({ className = "" }: { className?: string }) {
  const path = usePathname();
  return (
    <nav aria-label="Main" className={className}>
      <ul className="flex items-center gap-1">
        {places.map(({ href, label, here }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={here(path) ? "page" : undefined}
              className="inline-flex min-h-9 items-center rounded-md px-2.5 text-soft hover:text-ink aria-[current=page]:font-semibold aria-[current=page]:text-ink aria-[current=page]:underline aria-[current=page]:underline-offset-8"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
