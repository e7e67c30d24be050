import net from "node:net";

/**
 * An HTTP/2 client that sends exactly the given frames. Node's own client crashes if a server resets a stream while the client
 * writes to it (https://www.rfc-editor.org/rfc/rfc9113).
 */
export class Http2Frames {
  private readonly socket: net.Socket;
  private received = Buffer.alloc(0);
  private readonly waiting = new Map<number, () => void>();
  private nextStream = 1;

  constructor(port: number) {
    this.socket = net.connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk) => this.read(chunk));
    this.socket.once("close", () => {
      for (const resolve of this.waiting.values()) resolve();
    });
    this.socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    this.frame(types.settings, 0, 0);
  }

  /** Begins a request. The body follows, unless `isEnded` is true. */
  request(headers: Readonly<Record<string, string>>, isEnded: boolean): { id: number; closed: Promise<void> } {
    const id = this.nextStream;
    this.nextStream += 2;
    const closed = new Promise<void>((resolve) => this.waiting.set(id, resolve));
    if (this.socket.destroyed) this.settle(id);
    const fields = Object.entries(headers).map(([name, value]) =>
      Buffer.concat([Buffer.of(0), text(name), text(value)]),
    );
    this.frame(types.headers, endHeaders | (isEnded ? endStream : 0), id, Buffer.concat(fields));
    return { id, closed };
  }

  data(id: number, body: string, isEnded: boolean): void {
    this.frame(types.data, isEnded ? endStream : 0, id, Buffer.from(body));
  }

  /** Resets a stream with the code CANCEL. */
  cancel(id: number): void {
    this.frame(types.reset, 0, id, Buffer.from([0, 0, 0, 8]));
    this.settle(id);
  }

  close(): void {
    this.socket.destroy();
  }

  private frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    if (!this.socket.destroyed) this.socket.write(Buffer.concat([head, payload]));
  }

  private read(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    while (this.received.length >= 9) {
      const length = this.received.readUIntBE(0, 3);
      if (this.received.length < 9 + length) return;
      const [type, flags, stream] = [this.received[3], this.received[4] ?? 0, this.received.readUInt32BE(5)];
      this.received = this.received.subarray(9 + length);
      if (type === types.settings && (flags & 1) === 0) this.frame(types.settings, 1, 0);
      const isLast = (type === types.data || type === types.headers) && (flags & endStream) !== 0;
      if (isLast || type === types.reset) this.settle(stream);
    }
  }

  private settle(stream: number): void {
    this.waiting.get(stream)?.();
    this.waiting.delete(stream);
  }
}

const types = { data: 0, headers: 1, reset: 3, settings: 4 } as const;
const [endStream, endHeaders] = [1, 4];

/** An uncompressed string in HPACK: https://www.rfc-editor.org/rfc/rfc7541#section-5 */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  const length: number[] = [];
  let rest = bytes.length;
  if (rest < 127) length.push(rest);
  else {
    length.push(127);
    for (rest -= 127; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
