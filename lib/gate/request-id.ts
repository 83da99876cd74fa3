/** Names one request in pages, logs and the app's own log. */
const PREFIX = `${Date.now().toString(36)}-${process.pid.toString(36)}-`;
let serial = 0;

export function newRequestId(): string {
  serial += 1;
  return PREFIX + serial;
}
