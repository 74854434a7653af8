/** Plates without a list of them: the n-th is computed, so that the driver, the CSV and the floor agree on who is listed. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const POOL = LETTERS.length * 100_000;
/** Shares no factor with the pool, so that every plate comes once, in an order that no index can profit from. */
const STRIDE = 1_000_003;

/** The n-th plate of 京, 0 ≤ n < 2,400,000; each is unique. */
export function plateAt(n: number): string {
  const place = (n * STRIDE) % POOL;
  const letter = LETTERS[Math.floor(place / 100_000)] ?? 'A';
  return `京${letter}${String(place % 100_000).padStart(5, '0')}`;
}

/** Writes the list as a property office would: plate, category, name, room. `shift` leaves out that many at the front and adds as many. */
export async function writeListCsv(path: string, rows: number, shift = 0): Promise<void> {
  const out = createWriteStream(path);
  out.write('车牌,类别,姓名,房号\r\n');
  for (let n = shift; n < rows + shift; n += 1) {
    const fits = out.write(`${plateAt(n)},resident,住户${n},${1 + (n % 30)}-${100 + (n % 900)}\r\n`);
    if (!fits) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** Draws plates so that two in a row at one lane are never taken for one car that was read twice. */
export class PlateDraw {
  readonly #rows: number;
  readonly #random: () => number;
  readonly #last = new Map<number, string>();

  constructor(rows: number, random: () => number) {
    this.#rows = rows;
    this.#random = random;
  }

  next(lane: number, listed: boolean): string {
    const before = this.#last.get(lane) ?? '';
    for (;;) {
      const n = Math.floor(this.#random() * (listed ? this.#rows : POOL - 2 * this.#rows));
      // Beyond twice the list: the second list of the import bench must not let in whom the first keeps out.
      const plate = plateAt(listed ? n : 2 * this.#rows + n);
      if (differences(before, plate) <= 3) continue;
      this.#last.set(lane, plate);
      return plate;
    }
  }
}

function differences(a: string, b: string): number {
  return [...b].filter((char, at) => char !== a[at]).length;
}

/** Repeatable chance (mulberry32), so that every round of one run meets the same traffic. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
