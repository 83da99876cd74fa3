import Link from "next/link";

interface Props {
  label: string;
  path: string;
  tabs: { href: string; label: string }[];
}

/** Pages beside each other; links, as each has its own address. */
export function Tabs({ label, path, tabs }: Props) {
  return (
    <nav aria-label={label}>
      <ul className="flex flex-wrap gap-1 rounded-lg bg-line/60 p-1">
        {tabs.map((tab) => (
          <li key={tab.href}>
            <Link
              href={tab.href}
              aria-current={path === tab.href ? "page" : undefined}
              className="inline-flex min-h-8 items-center rounded-md px-3 text-soft hover:text-ink aria-[current=page]:bg-panel aria-[current=page]:font-semibold aria-[current=page]:text-ink"
            >
              {tab.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
