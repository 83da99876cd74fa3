"use client";
import { useState } from "react";
import { askAgain, stopAsking } from "../live/overview.ts";
import { Button } from "../ui/button.tsx";

/** Ends the session at the server; the browser then begins anew, so that nothing of it is left in memory. */
export function SignOutButton() {
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState(false);

  async function signOut() {
    setPending(true);
    stopAsking();
    const options = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
    const response = await fetch("/api/auth/sign-out", options).catch(() => null);
    if (response?.ok) return location.assign("/sign-in");
    askAgain();
    setPending(false);
    setFailed(true);
  }

  return (
    <span className="inline-flex items-center gap-2">
      {failed && <span role="alert">That did not work. Try again.</span>}
      <Button onClick={signOut} pending={pending}>
        Sign out
      </Button>
    </span>
  );
}
