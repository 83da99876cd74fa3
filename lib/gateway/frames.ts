/**
 * Where WebSocket frames end in a stream of bytes. We pass frames on untouched (so extensions and subprotocols are
 * between client and app) and only need to know where a close frame of ours may stand: between two frames. Only
 * the header's lengths are read (RFC 6455, 5.2).
 */
export class FrameTracker {
  /** Bytes of the current frame's payload still to come. */
  #payload = 0;
  /** The current frame's header as far as it has come: at most 14 bytes. */
  readonly #header = new Uint8Array(14);
  #headerBytes = 0;

  get betweenFrames(): boolean {
    return this.#payload === 0 && this.#headerBytes === 0;
  }

  /** Follows all of a chunk. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at += this.#step(chunk, at);
  }

  /** Follows a chunk up to the first end of a frame. Returns how many bytes that is; all of it when none ends there. */
  pushToBoundary(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      at += this.#step(chunk, at);
      if (this.betweenFrames) break;
    }
    return at;
  }

  /** Takes one header byte, or as much payload as there is. Returns the bytes taken. */
  #step(chunk: Uint8Array, at: number): number {
    if (this.#payload > 0) {
      const take = Math.min(this.#payload, chunk.length - at);
      this.#payload -= take;
      return take;
    }
    this.#header[this.#headerBytes] = chunk[at]!;
    this.#headerBytes += 1;
    if (this.#headerBytes >= 2 && this.#headerBytes === this.#headerSize()) {
      this.#payload = this.#payloadSize();
      this.#headerBytes = 0;
    }
    return 1;
  }

  #headerSize(): number {
    const second = this.#header[1]!;
    const length = second & 0x7f;
    return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4);
  }

  #payloadSize(): number {
    const view = new DataView(this.#header.buffer);
    const length = this.#header[1]! & 0x7f;
    if (length === 126) return view.getUint16(2);
    if (length === 127) return Number(view.getBigUint64(2));
    return length;
  }
}

/** "Service restart": clients that follow the standard come again. */
const SERVICE_RESTART = 1012;

/** A close frame with 1012; masked, with a key of zeroes, when it goes to a server. */
export function closeFrame(to: "client" | "server"): Buffer {
  const code = [SERVICE_RESTART >> 8, SERVICE_RESTART & 0xff];
  return Buffer.from(to === "client" ? [0x88, 2, ...code] : [0x88, 0x82, 0, 0, 0, 0, ...code]);
}
