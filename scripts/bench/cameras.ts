/** The bench's cameras: one kept-alive connection a lane, raw HTTP, the moment stamped just before the bytes are handed over. */
import { connect, type Socket } from 'node:net';
import { monoMs, pathOf } from './systems.ts';

export interface Posted {
  /** CLOCK_MONOTONIC milliseconds. */
  readonly at: number;
  /** Status of the answer, 0 when the connection was lost. */
  readonly answered: Promise<number>;
}

let serial = 0;

export class Camera {
  readonly #lane: number;
  readonly #socket: Socket;
  readonly #answers: ((status: number) => void)[] = [];
  #held = '';

  private constructor(lane: number, socket: Socket) {
    this.#lane = lane;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const answer of this.#answers.splice(0)) answer(0);
    });
  }

  /** Rejects while nobody listens. */
  static connect(lane: number, port: number): Promise<Camera> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.off('error', reject);
        resolve(new Camera(lane, socket));
      });
      socket.once('error', reject);
    });
  }

  post(plate: string): Posted {
    serial += 1;
    const body = Buffer.from(JSON.stringify({ id: `e${serial}`, plate, confidence: 0.97 }));
    const head = `POST ${pathOf(this.#lane)} HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answered = new Promise<number>((resolve) => this.#answers.push(resolve));
    const bytes = Buffer.concat([Buffer.from(head), body]);
    const at = monoMs();
    this.#socket.write(bytes);
    return { at, answered };
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#held += text;
    for (;;) {
      const end = this.#held.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#held.slice(0, end);
      const length = bodyLength(head, this.#held.slice(end + 4));
      if (length === null) return;
      this.#held = this.#held.slice(end + 4 + length);
      this.#answers.shift()?.(Number(head.slice(9, 12)));
    }
  }
}

/** Of a body that is there as a whole; null while it is not. Both systems say the length. */
function bodyLength(head: string, rest: string): number | null {
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return rest.length >= length ? length : null;
}
