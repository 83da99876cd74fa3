/** What commands can ask for, whichever way it goes: over the API, or with --local straight to the store. */
import type { Readable } from "node:stream";
import type { TokenView } from "#lib/auth/api-token.ts";
import type { VariableScope } from "#lib/config/variable-names.ts";
import type { Finding, SlotName, Verb } from "#lib/engine/model.ts";
import type { SlotConnection } from "#lib/operations/connection.ts";
import type { JobOutput, JobsView } from "#lib/operations/jobs/read-jobs.ts";
import type { JobView } from "#lib/operations/jobs/views.ts";
import type { AdoptionCheckView } from "#lib/operations/read/adoption-check.ts";
import type { ReleaseView } from "#lib/operations/read/releases.ts";
import type { LogLineView, LogQuery } from "#lib/operations/read/slot-logs.ts";
import type { SettingsView } from "#lib/operations/settings.ts";
import type { CredentialView } from "#lib/operations/source-credentials.ts";
import type { UploadView } from "#lib/operations/uploads.ts";
import type { VariablesView } from "#lib/operations/variables.ts";
import type {
  AppSummary,
  AppView,
  EventView,
  ReceiptEntry,
  RunSummary,
  RunView,
  WayBackView,
} from "#lib/operations/views.ts";
import type { ListEntry } from "#lib/uploads/file-list.ts";
import type { AccessDoor } from "./access-door.ts";

export interface Door extends AccessDoor {
  listApps(): Promise<AppSummary[]>;
  getApp(app: string): Promise<AppView>;
  preflight(
    app: string,
    verb: Verb,
    input?: { mode?: "stream" | "snapshot"; lossy?: boolean },
  ): Promise<{ findings: Finding[]; wayBack: WayBackView | null }>;
  init(input: Record<string, unknown>): Promise<{ run: { id: string } }>;
  adopt(input: Record<string, unknown>): Promise<{ run: { id: string } }>;
  checkAdoption(input: Record<string, unknown>): Promise<AdoptionCheckView>;
  /** For admins: what a version that somebody else starts connects to. */
  connections(app: string, slot: SlotName, as: "app" | "owner"): Promise<SlotConnection[]>;
  act(app: string, verb: Verb, input: Record<string, unknown>): Promise<{ run: { id: string } }>;
  maintenanceForAll(input: {
    on: boolean;
    message?: string;
    retryAfterSeconds?: number;
  }): Promise<{ on: boolean }>;
  cancelRun(id: string): Promise<{ run: { id: string } }>;
  getRun(id: string): Promise<RunView>;
  listRuns(app: string, page: { before?: string; limit?: number }): Promise<RunSummary[]>;
  /** What swaps and rollbacks measured, newest first. */
  listReceipts(app: string, page: { before?: string; limit?: number }): Promise<ReceiptEntry[]>;
  /** After `after`, until the run is finished or `signal` is aborted. May end early when the line is lost. */
  runEvents(id: string, after: number, signal: AbortSignal): AsyncIterable<EventView>;
  logs(app: string, slot: SlotName, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLineView>;
  createToken(
    input: Record<string, unknown>,
  ): Promise<{ token: { id: string; name: string }; secret: string }>;
  listTokens(): Promise<TokenView[]>;
  revokeToken(id: string): Promise<{ id: string; name: string }>;
  listVariables(app: string): Promise<VariablesView>;
  setVariables(
    app: string,
    variables: { name: string; value: string; scope: VariableScope; secret?: boolean }[],
  ): Promise<{ names: string[] }>;
  unsetVariable(app: string, name: string, scope: VariableScope): Promise<{ names: string[] }>;
  getSettings(app: string): Promise<SettingsView>;
  changeSettings(app: string, settings: Record<string, unknown>): Promise<SettingsView>;
  listJobs(app: string, page: { before?: string; limit?: number }): Promise<JobsView>;
  runJob(app: string, command: string[]): Promise<JobView>;
  getJob(id: string): Promise<JobView>;
  cancelJob(id: string): Promise<JobView>;
  /** Until the job's end, which is the last of it. May end early when the line is lost. */
  jobOutput(id: string, signal: AbortSignal): AsyncIterable<JobOutput>;
  /** Admins only. */
  backup(): Promise<{ fileName: string; content: Readable }>;
  listReleases(app: string): Promise<ReleaseView[]>;
  removeRelease(app: string, id: string): Promise<{ id: string; version: string }>;
  listCredentials(app: string): Promise<CredentialView[]>;
  addCredential(app: string, input: Record<string, unknown>): Promise<CredentialView>;
  removeCredential(app: string, name: string): Promise<CredentialView>;
  beginUpload(app: string, files: ListEntry[]): Promise<UploadView>;
  addUploadFiles(app: string, id: string, files: ListEntry[]): Promise<UploadView>;
  getUpload(app: string, id: string): Promise<UploadView>;
  /** Answers how many bytes of it are there; the next piece begins there. */
  putUploadBlob(
    app: string,
    id: string,
    sha256: string,
    piece: { offset: number; bytes: Uint8Array },
  ): Promise<{ received: number }>;
  completeUpload(app: string, id: string): Promise<UploadView>;
  close(): Promise<void>;
}

/** Somebody on the other side said no. */
export class Refused extends Error {
  readonly code: string;
  readonly remedy: string | undefined;
  readonly findings: Finding[];
  readonly run: RunSummary | undefined;
  constructor(
    code: string,
    message: string,
    detail: { remedy?: string; findings?: Finding[]; run?: RunSummary; cause?: unknown } = {},
  ) {
    super(message, { cause: detail.cause });
    this.code = code;
    this.remedy = detail.remedy;
    this.findings = detail.findings ?? [];
    this.run = detail.run;
  }
}
