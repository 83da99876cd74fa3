import { type ReactNode, useId } from "react";

interface Option<T extends string> {
  value: T;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean;
}

interface Props<T extends string> {
  legend: string;
  value: T;
  options: Option<T>[];
  onChange(value: T): void;
  disabled?: boolean;
  columns?: 2 | 3;
}

/** One of a few, all in sight: native radio buttons in bordered rows. */
export function Choice<T extends string>({
  legend,
  value,
  options,
  onChange,
  disabled,
  columns = 2,
}: Props<T>) {
  const name = useId();
  return (
    <fieldset disabled={disabled}>
      <legend className="mb-1 font-medium">{legend}</legend>
      <div className={`grid gap-2 ${columns === 3 ? "sm:grid-cols-3" : "sm:grid-cols-2"}`}>
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-11 items-start gap-2 rounded-md border border-edge px-3 py-2 has-checked:border-ink has-checked:ring-1 has-checked:ring-ink has-disabled:cursor-not-allowed has-disabled:opacity-60"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.disabled}
              onChange={() => onChange(option.value)}
              className="mt-0.5 size-4 accent-ink"
            />
            <span className="min-w-0">
              <span className="font-medium">{option.label}</span>
              {option.hint && <span className="block text-xs text-soft">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
