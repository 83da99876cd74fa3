import { type ComponentProps, type ReactNode, useId } from "react";

const box =
  "w-full rounded-md border border-edge bg-panel px-3 text-ink placeholder:text-soft disabled:opacity-60 aria-invalid:border-danger max-sm:text-base";

interface Around {
  label: string;
  hint?: ReactNode;
  error?: string | null;
}

/** A labelled text box; hint and error are read out with it. */
export function TextField({ label, hint, error, className, ...input }: Around & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={hint || error ? `${id}-hint` : undefined}
        className={`${box} h-10`}
      />
      <Below id={`${id}-hint`} hint={hint} error={error} />
    </div>
  );
}

export function TextArea({ label, hint, error, className, ...input }: Around & ComponentProps<"textarea">) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <textarea
        rows={3}
        {...input}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={hint || error ? `${id}-hint` : undefined}
        className={`${box} py-2`}
      />
      <Below id={`${id}-hint`} hint={hint} error={error} />
    </div>
  );
}

export function SelectField({
  label,
  hint,
  error,
  className,
  children,
  ...select
}: Around & ComponentProps<"select">) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <select
        {...select}
        id={id}
        aria-describedby={hint || error ? `${id}-hint` : undefined}
        className={`${box} h-10`}
      >
        {children}
      </select>
      <Below id={`${id}-hint`} hint={hint} error={error} />
    </div>
  );
}

function Below({ id, hint, error }: { id: string; hint?: ReactNode; error?: string | null }) {
  if (!hint && !error) return null;
  return (
    <p id={id} className={`mt-1 text-xs ${error ? "text-danger" : "text-soft"}`}>
      {error ? `Problem: ${error}` : hint}
    </p>
  );
}
