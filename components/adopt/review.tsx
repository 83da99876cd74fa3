import type { ReactNode } from "react";
import { hostLines } from "../apps/host-lines.ts";
import type { Wanted } from "./wanted.ts";

/** What will happen, and what is left to do by hand, before the last click. */
export function Review({ wanted, gatewayPort }: { wanted: Wanted; gatewayPort: number }) {
  const data = wanted.database === "adopt";
  const hosts = hostLines(wanted.publicDomains);
  return (
    <dl className="space-y-3">
      <Row term="Now">
        <b>{wanted.name}</b> at <span className="font-mono text-xs">{wanted.origin}</span> becomes the blue
        slot and is live here at once. Nothing of it is stopped, started or changed.
      </Row>
      <Row term="Its data">
        {data ? (
          <>
            The database stays where it is, with the same connection string. A schema named{" "}
            <span className="font-mono text-xs">signalbox</span> is added to it.{" "}
            {wanted.green === "made"
              ? "A second, empty database is made beside it"
              : "The empty database is taken"}{" "}
            for the next version.
          </>
        ) : (
          "No data is switched. Both versions use whatever they connect to."
        )}
      </Row>
      <Row term="Visitors">
        Nothing changes for them yet. Then lead {hosts.join(", ")} to this gateway (port {gatewayPort}): in
        nginx{" "}
        <span className="font-mono text-xs">
          proxy_pass http://127.0.0.1:{gatewayPort}; proxy_set_header Host $host;
        </span>{" "}
        in place of the app's own address, or change the DNS record if this machine answers itself.
      </Row>
      <Row term="Next version">
        Start it beside the old one on a port of its own
        {data && ", on the connection string that the app's page shows you"}; declare it with Deploy; then
        sync and swap.
      </Row>
      <Row term="Way out">
        Lead visitors past the gateway again and remove the app here: it goes on as before
        {data && ", and the database gets back all that was changed"}.
      </Row>
    </dl>
  );
}

function Row({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-0.5 sm:grid-cols-[7rem_1fr]">
      <dt className="text-soft">{term}</dt>
      <dd className="wrap-anywhere">{children}</dd>
    </div>
  );
}
