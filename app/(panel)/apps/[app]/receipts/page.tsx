import { Download } from "lucide-react";
import type { Metadata } from "next";
import { ReceiptList } from "#components/receipts/receipt-list.tsx";
import { ReceiptTrend } from "#components/receipts/receipt-trend.tsx";
import { buttonStyle } from "#components/ui/button-style.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { OlderLinks } from "#components/ui/older-link.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { listReceipts, MOST_RECEIPTS } from "#lib/operations/read/receipts.ts";
import { found } from "../../../../found.ts";
import { signedIn } from "../../../../session.ts";

export const metadata: Metadata = { title: "Receipts" };

const PAGE = 25;

interface Props {
  params: Promise<{ app: string }>;
  searchParams: Promise<{ before?: string | string[] }>;
}

export default async function ReceiptsPage({ params, searchParams }: Props) {
  const name = decodeURIComponent((await params).app);
  const id = encodeURIComponent(name);
  const path = `/apps/${id}/receipts`;
  const context = await signedIn(path);
  const asked = (await searchParams).before;
  const before = typeof asked === "string" ? asked : undefined;
  const receipts = await found(listReceipts(context, name, { before, limit: PAGE + 1 }));
  const shown = receipts.slice(0, PAGE);
  const last = shown.at(-1);
  if (shown.length === 0) {
    return (
      <EmptyState title={before ? "No older receipts" : "No receipt yet"}>
        {!before && (
          <p>Every swap and rollback leaves one: how long visitors waited, and whether anything was lost.</p>
        )}
      </EmptyState>
    );
  }
  return (
    <div className="space-y-3">
      {shown.length > 1 && (
        <Panel title="How long visitors waited">
          <ReceiptTrend receipts={shown} />
        </Panel>
      )}
      <Panel
        title="Swaps and rollbacks"
        aside={
          <a
            href={`/api/v1/apps/${id}/receipts?limit=${MOST_RECEIPTS}`}
            download={`receipts-${name}.json`}
            className={buttonStyle("outline", "small")}
          >
            <Download aria-hidden className="size-3.5" /> All as JSON
          </a>
        }
      >
        <ReceiptList receipts={shown} />
      </Panel>
      <OlderLinks
        older={receipts.length > PAGE && last ? `${path}?before=${encodeURIComponent(last.run.id)}` : null}
        newest={before ? path : null}
      />
    </div>
  );
}
