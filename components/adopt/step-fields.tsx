"use client";
import { Choice } from "../ui/choice.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import type { Problems, Wanted } from "./wanted.ts";

interface Props {
  wanted: Wanted;
  problems: Problems;
  disabled: boolean;
  set(change: Partial<Wanted>): void;
}

type TextKey = { [K in keyof Wanted]: string extends Wanted[K] ? K : never }[keyof Wanted];

const plain = { autoComplete: "off", autoCapitalize: "none", spellCheck: false } as const;

function bind({ wanted, problems, disabled, set }: Props, key: TextKey) {
  return {
    ...plain,
    name: key,
    value: wanted[key],
    error: problems[key],
    disabled,
    onChange: (event: { target: { value: string } }) => set({ [key]: event.target.value }),
  };
}

export function AddressFields(props: Props) {
  return (
    <>
      <TextField
        {...bind(props, "name")}
        label="Name"
        placeholder="shop"
        hint="What it is called here. It can't be changed later."
      />
      <TextField
        {...bind(props, "origin")}
        label="Address of the running app"
        inputMode="url"
        placeholder="http://127.0.0.1:3000"
        hint="Where its process answers now. On this machine that is 127.0.0.1 and its port."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          {...bind(props, "healthPath")}
          label="Health path"
          placeholder="/healthz"
          hint="Answers 2xx when the app is well, to anybody."
        />
        <TextField
          {...bind(props, "version")}
          label="What runs now"
          placeholder="1.0"
          hint="A word for it."
        />
      </div>
    </>
  );
}

export function DomainFields(props: Props) {
  const { wanted, disabled, set } = props;
  return (
    <>
      <TextArea
        {...bind(props, "publicDomains")}
        label="Public domains"
        placeholder="shop.example.com"
        hint="Host names that visitors use, one a line. They reach the live slot."
      />
      <TextArea
        {...bind(props, "stagingDomains")}
        label="Staging domains (optional)"
        placeholder="staging.shop.example.com"
        hint="Host names that testers use, one a line. They reach the next version."
      />
      <Choice<Wanted["stagingAccess"]>
        legend="Who reaches the staging domains"
        value={wanted.stagingAccess}
        disabled={disabled}
        options={[
          { value: "testers", label: "Testers who signed in" },
          { value: "open", label: "Anybody" },
        ]}
        onChange={(stagingAccess) => set({ stagingAccess })}
      />
    </>
  );
}

export function DatabaseFields(props: Props) {
  const { wanted, disabled, set } = props;
  return (
    <>
      <Choice<Wanted["database"]>
        legend="Its data"
        value={wanted.database}
        disabled={disabled}
        options={[
          {
            value: "adopt",
            label: "A PostgreSQL database",
            hint: "Switched together with the version. It stays where it is.",
          },
          {
            value: "none",
            label: "None, or not to be switched",
            hint: "Only the route moves: both versions get on with the same data.",
          },
        ]}
        onChange={(database) => set({ database })}
      />
      {wanted.database === "adopt" && (
        <>
          <TextField
            {...bind(props, "url")}
            type="password"
            label="The app's own connection string"
            placeholder="postgresql://shop:…@127.0.0.1:5432/shop"
            hint="Exactly as the app has it. It stays the same; it is kept encrypted."
          />
          <TextField
            {...bind(props, "adminUrl")}
            type="password"
            label="An administrator's connection string"
            placeholder="postgresql://postgres:…@127.0.0.1:5432/postgres"
            hint="To the same server, not through a pooler. Makes the second database, and holds writes while a swap switches."
          />
          <TextField
            {...bind(props, "env")}
            label="Variable that the app reads it from"
            hint="So that you are told what to start the next version with."
          />
          <Choice<Wanted["green"]>
            legend="Database of the next version"
            value={wanted.green}
            disabled={disabled}
            options={[
              { value: "made", label: "Make one", hint: "On the same server, with roles of its own." },
              { value: "named", label: "I name an empty one", hint: "On the same server. A sync fills it." },
            ]}
            onChange={(green) => set({ green })}
          />
          {wanted.green === "named" && (
            <TextField
              {...bind(props, "greenUrl")}
              type="password"
              label="Connection string of the empty database"
              placeholder="postgresql://shop2:…@127.0.0.1:5432/shop2"
            />
          )}
        </>
      )}
    </>
  );
}
