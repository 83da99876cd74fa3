import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/live-change-routes.ts";
import { cancelJob } from "#lib/operations/jobs/cancel-job.ts";

export const POST = endpoint(api.cancelJob, ({ context, params }) => cancelJob(context, params.id!));
