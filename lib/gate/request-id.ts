/** Names one request in pages, logs and the app's own log. */
let serial = 0;
const ORIGIN = Date.now().toString(36);

export function newRequestId(): string {
  serial += 1;
  return `${ORIGIN}-${process.pid.toString(36)}-${serial.toString(36)}`;
}
