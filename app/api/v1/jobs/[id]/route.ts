import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/live-change-routes.ts";
import { getJob } from "#lib/operations/jobs/read-jobs.ts";

export const GET = endpoint(api.getJob, ({ context, params }) => getJob(context, params.id!));
