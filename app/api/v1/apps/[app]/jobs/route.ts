import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/live-change-routes.ts";
import { listJobs } from "#lib/operations/jobs/read-jobs.ts";
import { runJob } from "#lib/operations/jobs/run-job.ts";

export const GET = endpoint(api.listJobs, ({ context, params, query }) =>
  listJobs(context, params.app!, query),
);

export const POST = endpoint(api.runJob, ({ context, params, body }) =>
  runJob(context, { app: params.app!, ...body }),
);
