/** HTTP/1.1 as a small camera serves it: one request for each connection, and answers that go wrong on demand. */
import type { Clock } from '../../src/contract/clock.ts';

export interface TwinConnection {
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface TwinRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TwinReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** cut: half the body · drip: a byte a second · endless: goes on with spaces for ever. */
  readonly how: 'whole' | 'cut' | 'drip' | 'endless';
}

const requestMost = 65_536;
const dripMs = 1000;
const endlessMs = 2;
const endlessPiece: Uint8Array = Buffer.alloc(65_536, 0x20);

export function serveHttp(
  clock: Clock,
  connection: TwinConnection,
  respond: (request: TwinRequest, reply: (answer: TwinReply) => void) => () => void,
): { receive(bytes: Uint8Array): void; closed(): void } {
  let pending = Buffer.alloc(0);
  let gone = (): void => undefined;
  let cancel = (): void => undefined;
  let open = true;
  const repeat = (ms: number, action: () => boolean): void => {
    cancel = clock.after('twin.http', ms, () => {
      if (open && action()) repeat(ms, action);
    });
  };
  const reply = ({ status, headers, body, how }: TwinReply): void => {
    if (!open) return;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const length = how === 'endless' ? '' : `Content-Length: ${body.length}\r\n`;
    connection.write(Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join('')}${length}Connection: close\r\n\r\n`));
    if (how === 'drip') {
      let at = 0;
      repeat(dripMs, () => {
        connection.write(body.subarray(at, at + 1));
        at += 1;
        return at < body.length;
      });
      return;
    }
    connection.write(how === 'cut' ? body.subarray(0, body.length >> 1) : body);
    if (how !== 'endless') return connection.close();
    repeat(endlessMs, () => {
      connection.write(endlessPiece);
      return true;
    });
  };
  return {
    receive(bytes) {
      pending = Buffer.concat([pending, bytes]);
      const request = wholeRequest(pending);
      if (request !== null) {
        pending = Buffer.alloc(0);
        gone = respond(request, reply);
      } else if (pending.length > requestMost) connection.close();
    },
    closed() {
      open = false;
      cancel();
      gone();
    },
  };
}

function wholeRequest(bytes: Buffer): TwinRequest | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = bytes.subarray(end + 4);
  if (body.length < Number(headers['content-length'] ?? 0)) return null;
  const [method = '', path = ''] = first.split(' ');
  return { method, path, headers, body: body.toString('utf8') };
}
