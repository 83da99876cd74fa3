import { expect, test } from "vitest";
import { parseWrk } from "./load.ts";

test("wrk's report is read, with its units and its errors", () => {
  const text = `Running 3s test @ http://127.0.0.1:1/
  1 threads and 64 connections
  Latency Distribution
     50%    1.48ms
     75%    1.80ms
  120000 requests in 3.00s, 18.00MB read
  Socket errors: connect 0, read 2, write 1, timeout 0
  Non-2xx or 3xx responses: 7
Requests/sec:  39876.54
`;
  expect(parseWrk(text)).toEqual({ rps: 39876.54, p50Us: 1480, errors: 10 });
  expect(parseWrk("     50%  126.00us\nRequests/sec: 1.0\n".replace(/^/, "\n")).p50Us).toBe(126);
});
