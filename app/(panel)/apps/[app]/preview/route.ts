import { errorResponse } from "#lib/http/errors.ts";
import { OperationError } from "#lib/operations/errors.ts";
import { stagingPass } from "#lib/operations/read/staging-pass.ts";
import { visitor } from "../../../../session.ts";

/** Lets somebody who is signed in through to a staging domain (`?host=`): hands the pass over and goes there. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ app: string }> },
): Promise<Response> {
  const { app } = await params;
  const to = (location: string) =>
    new Response(null, {
      status: 303,
      headers: { location, "cache-control": "no-store", "referrer-policy": "no-referrer" },
    });
  try {
    const context = await visitor();
    if (!context) return to(`/sign-in?next=${encodeURIComponent(`/apps/${app}`)}`);
    const host = new URL(request.url).searchParams.get("host");
    const { urls } = await stagingPass(context, app);
    const wanted = urls.find((each) => each.host === host) ?? urls[0];
    if (!wanted) throw new OperationError("not-found", `${app} has no staging domain.`);
    return to(wanted.url);
  } catch (error) {
    return errorResponse(error);
  }
}
