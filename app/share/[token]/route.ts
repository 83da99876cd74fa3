import { openShare } from "#lib/http/open-share.ts";

export async function GET(
  request: Request,
  { params }: { params: Promise<{ token: string }> },
): Promise<Response> {
  return openShare(request, (await params).token);
}
