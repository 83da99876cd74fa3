/** A WebSocket between a client and its slot: bytes both ways, and a clean 1012 when the slot changes. */
import type { Duplex } from "node:stream";
import { closeFrame, FrameTracker } from "./frames.ts";
import type { Stream } from "./traffic.ts";

/** How long a frame that is under way may take to end, and the peers to hang up, before the sockets are cut. */
const CLOSE_MS = 1_000;

export class Tunnel implements Stream {
  readonly #lanes: [Lane, Lane];
  readonly #onEnd: () => void;
  #over = false;

  /** Heads are what came with the handshakes. `onEnd` is called once, when both sockets are done with. */
  constructor(client: Duplex, clientHead: Buffer, slot: Duplex, slotHead: Buffer, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#lanes = [new Lane(slot, client, "client"), new Lane(client, slot, "server")];
    for (const socket of [client, slot]) {
      socket.on("error", () => this.#cut());
      socket.on("close", () => this.#end());
    }
    // The last bytes of one side still reach the other.
    client.on("end", () => slot.end());
    slot.on("end", () => client.end());
    const [down, up] = this.#lanes;
    down.forward(slotHead);
    up.forward(clientHead);
    slot.on("data", (chunk: Buffer) => down.forward(chunk));
    client.on("data", (chunk: Buffer) => up.forward(chunk));
  }

  get bytesOut(): number {
    return this.#lanes[0].bytes;
  }

  get bytesIn(): number {
    return this.#lanes[1].bytes;
  }

  close(): void {
    for (const lane of this.#lanes) lane.close();
    setTimeout(() => this.#cut(), CLOSE_MS).unref();
  }

  #cut(): void {
    for (const lane of this.#lanes) lane.to.destroy();
    this.#end();
  }

  /** One socket closed: the other has nobody to speak to, after what is left has been written. */
  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const { to } of this.#lanes) if (!to.destroyed) to.end();
    setTimeout(() => {
      for (const { to } of this.#lanes) to.destroy();
    }, CLOSE_MS).unref();
    this.#onEnd();
  }
}

/** One direction. */
class Lane {
  readonly to: Duplex;
  bytes = 0;
  readonly #from: Duplex;
  readonly #toWhom: "client" | "server";
  readonly #frames = new FrameTracker();
  #closing: "no" | "at next boundary" | "done" = "no";

  constructor(from: Duplex, to: Duplex, toWhom: "client" | "server") {
    this.#from = from;
    this.to = to;
    this.#toWhom = toWhom;
    to.on("drain", () => from.resume());
  }

  forward(chunk: Buffer): void {
    if (chunk.length === 0 || this.#closing === "done" || this.to.writableEnded) return;
    if (this.#closing === "no") {
      this.#frames.push(chunk);
      this.#write(chunk);
      return;
    }
    this.#write(chunk.subarray(0, this.#frames.pushToBoundary(chunk)));
    if (this.#frames.betweenFrames) this.#sendClose();
  }

  close(): void {
    if (this.#closing !== "no") return;
    this.#closing = "at next boundary";
    if (this.#frames.betweenFrames) this.#sendClose();
  }

  #sendClose(): void {
    this.#closing = "done";
    if (!this.to.writableEnded) this.to.end(closeFrame(this.#toWhom));
  }

  #write(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (!this.to.write(chunk)) this.#from.pause();
  }
}
