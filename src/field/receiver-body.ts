/** Reading one push body under a size cap, a total deadline, and a budget that all bodies share. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../contract/clock.ts';

export type BodyRead =
  | { readonly kind: 'read'; readonly body: Uint8Array }
  | { readonly kind: 'tooLarge' | 'overdue' | 'cut' | 'noRoom' };

/** Bytes held by bodies that are being read or answered. */
export class BodyBudget {
  readonly #max: number;
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  take(bytes: number): boolean {
    if (this.#used + bytes > this.#max) return false;
    this.#used += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}

/** The bytes of a body that was read stay taken from `budget`: whoever answers gives them back. */
export function readBody(
  request: IncomingMessage,
  clock: Clock,
  name: string,
  maxBytes: number,
  withinMs: number,
  budget: BodyBudget,
): Promise<BodyRead> {
  return new Promise((resolve) => {
    const pieces: Uint8Array[] = [];
    let size = 0;
    let settled = false;
    const settle = (result: BodyRead): void => {
      if (settled) return;
      settled = true;
      cancel();
      if (result.kind !== 'read') {
        budget.giveBack(size);
        pieces.length = 0;
        request.pause();
      }
      resolve(result);
    };
    const cancel = clock.after(`${name}.body`, withinMs, () => settle({ kind: 'overdue' }));
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return settle({ kind: 'tooLarge' });
    request.on('data', (piece: Uint8Array) => {
      if (settled) return;
      if (size + piece.length > maxBytes) return settle({ kind: 'tooLarge' });
      if (!budget.take(piece.length)) return settle({ kind: 'noRoom' });
      size += piece.length;
      pieces.push(piece);
      // A drip of tiny pieces must not cost more in bookkeeping than its bytes.
      if (pieces.length >= 1024) pieces.splice(0, pieces.length, Buffer.concat(pieces));
    });
    request.on('end', () => settle({ kind: 'read', body: Buffer.concat(pieces) }));
    request.on('close', () => settle({ kind: 'cut' }));
    request.on('error', () => settle({ kind: 'cut' }));
  });
}
