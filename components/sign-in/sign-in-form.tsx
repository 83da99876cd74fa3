"use client";
import { type FormEvent, useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";

/** Email and password, sent to the sign-in service, which counts the attempts. */
export function SignInForm({ next }: { next: string }) {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setPending(true);
    setProblem(null);
    try {
      const response = await fetch("/api/auth/sign-in/email", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: String(data.get("email")).trim(), password: data.get("password") }),
      });
      // A new page load, so that everything is rendered for the one who is signed in now.
      if (response.ok) return location.assign(next);
      setProblem(await why(response));
    } catch {
      setProblem("The dashboard did not answer. Try again.");
    }
    setPending(false);
  }

  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField
        label="Email"
        name="email"
        type="email"
        required
        autoComplete="username"
        disabled={pending}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        required
        autoComplete="current-password"
        disabled={pending}
      />
      {problem && <Notice kind="error" live title={problem} />}
      <Button type="submit" look="primary" size="large" pending={pending} className="w-full">
        Sign in
      </Button>
    </form>
  );
}

async function why(response: Response): Promise<string> {
  if (response.status === 429) {
    const answer: { error?: { message?: string } } = await response.json().catch(() => ({}));
    return answer.error?.message ?? "Too many attempts. Wait a minute, then try again.";
  }
  if (response.status >= 500)
    return "Sign-in does not work just now: the store may be away. Traffic goes on without it.";
  return "Email or password is wrong.";
}
