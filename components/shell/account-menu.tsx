"use client";
import { CircleUser } from "lucide-react";
import Link from "next/link";
import { Button } from "../ui/button.tsx";
import {
  Menu,
  MenuGroup,
  MenuGroupLabel,
  MenuItem,
  MenuLinkItem,
  MenuSeparator,
  menuItemStyle,
} from "../ui/menu.tsx";

/** Ends the session at the server; the browser then begins anew, so that nothing of it is left in memory. */
async function signOut() {
  await fetch("/api/auth/sign-out", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  location.assign("/sign-in");
}

export function AccountMenu({ person }: { person: { name: string; role: string } }) {
  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label={`Account of ${person.name}`}>
          <CircleUser aria-hidden className="size-4" />
        </Button>
      }
    >
      <MenuGroup>
        <MenuGroupLabel className="px-2 py-1.5 text-xs text-soft">
          {person.name}, {person.role}
        </MenuGroupLabel>
        <MenuLinkItem className={menuItemStyle} closeOnClick render={<Link href="/account" />}>
          Name and password
        </MenuLinkItem>
        <MenuSeparator className="my-1 h-px bg-line" />
        <MenuItem className={menuItemStyle} onClick={() => void signOut()}>
          Sign out
        </MenuItem>
      </MenuGroup>
    </Menu>
  );
}
