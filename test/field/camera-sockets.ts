/** Real sockets for camera tests: raw requests, twins served on TCP, and waiting for a condition with a deadline. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { IsapiTwin } from '../../drivers/camera-isapi/twin.ts';

export async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface RawReply {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** One connection that may carry several requests. */
export class RawClient {
  readonly socket: Socket;
  #text = '';
  #closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#text += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
    });
  }

  static open(port: number, from = '127.0.0.1'): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawClient(socket)));
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Writes a request and takes the next whole reply off the connection. */
  async send(request: Uint8Array | string): Promise<RawReply> {
    this.socket.write(request);
    return this.reply();
  }

  async reply(): Promise<RawReply> {
    let found: RawReply | null = null;
    await until(() => {
      found = this.#take();
      return found !== null || this.#closed;
    }, 'a reply');
    if (found === null) throw new Error('closed without a reply');
    return found;
  }

  #take(): RawReply | null {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const head = this.#text.slice(0, end);
    const length = Number(/content-length:\s*(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#text.length < end + 4 + length) return null;
    const body = this.#text.slice(end + 4, end + 4 + length);
    this.#text = this.#text.slice(end + 4 + length);
    return { status: Number(head.split(' ')[1]), head, body };
  }
}

export interface ServedTwin {
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
}

export function serveTwin(twin: IsapiTwin, port = 0): Promise<ServedTwin> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const end = twin.accept({ write: (bytes) => socket.write(bytes), close: () => socket.destroy() });
    socket.on('data', (bytes) => end.receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      end.closed();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        server,
        close: () =>
          new Promise((done) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => done());
          }),
      });
    });
  });
}
