/** The newest good reading of each register block, for the guard that is judged as a frame goes out (I2). */
import type { ModbusRequest, TransactOptions } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';
import type { ParsedReply } from './modbus-client.ts';

type OnlyIf = NonNullable<TransactOptions['onlyIf']>;

const roomFor = 256;

export class Readings {
  readonly #newest = new Map<string, { readonly bits: readonly boolean[]; readonly sentAt: Mono }>();

  /** `sentAt`: when the read was begun; the unit can have sampled no earlier, and the age is never understated. */
  keep(request: ModbusRequest, reply: ParsedReply, sentAt: Mono): void {
    if (!('count' in request)) return;
    const key = `${request.unit}/${request.fc}/${request.address}/${request.count}`;
    this.#newest.delete(key);
    this.#newest.set(key, { bits: request.fc <= 2 ? reply.bits : reply.registers.flatMap(wordBits), sentAt });
    const oldest = this.#newest.keys().next();
    if (this.#newest.size > roomFor && !oldest.done) this.#newest.delete(oldest.value);
  }

  /** `null` when the guard is met; otherwise why it is not. */
  refuses(unit: number, guard: OnlyIf, now: Mono): string | null {
    const reading = this.#newest.get(`${unit}/${guard.fc}/${guard.address}/${guard.count}`);
    if (reading === undefined) return 'never read on this connection';
    const age = now - reading.sentAt;
    if (age > guard.maxAgeMs) return `newest read is ${Math.round(age)} ms old, ${guard.maxAgeMs} ms allowed`;
    for (let bit = 0; bit < guard.mask.length; bit += 1) {
      if (guard.mask[bit] && reading.bits[bit] !== guard.equals[bit]) return `input bit ${bit} is not as required`;
    }
    return null;
  }

  forget(): void {
    this.#newest.clear();
  }
}

function wordBits(word: number): boolean[] {
  return Array.from({ length: 16 }, (_, bit) => ((word >> bit) & 1) === 1);
}
