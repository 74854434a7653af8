/** What the screen asks for afterwards: openings of the guard without a reason. Most are answered within the shift, all of them in the end. */
import type { JournalRecord } from '../../core/io.ts';
import type { Random } from '../random.ts';
import type { Witness } from '../yard/witness.ts';
import type { Surroundings } from './surroundings.ts';

const ANSWERED = 0.8;
const AGAIN_MS = 5000;
const SHIFT_MS = 8 * 3_600_000;

export class ToDo implements Witness {
  readonly #on: Surroundings;
  readonly #random: Random;
  readonly #refusals = new Set<string>();
  readonly #owed = new Set<string>();
  /** Answered, and not on the disk yet, by the record of the answer. */
  readonly #given = new Map<number, string>();
  #boot = '';

  constructor(on: Surroundings) {
    this.#on = on;
    this.#random = on.random.fork('to do');
  }

  started(boot: string): void {
    this.#boot = boot;
  }

  durable(ref: number): void {
    for (const given of this.#given.keys()) if (given <= ref) this.#given.delete(given);
  }

  /** What was not on the disk is asked anew. */
  cut(): void {
    for (const opening of this.#given.values()) this.#owed.add(opening);
    this.#given.clear();
  }

  recorded({ kind, ref, body }: JournalRecord): void {
    if (kind === 'requestRefused' && this.#owed.has(String(body.opening))) this.#refused(String(body.opening));
    if (kind === 'reasonGiven' || kind === 'reasonNotAsked') this.#owed.delete(String(body.opening));
    if (kind === 'reasonGiven') this.#given.set(ref, String(body.opening));
    if (kind !== 'pressed' || body.reason !== 'owed') return;
    const opening = `${this.#boot}.${ref}`;
    this.#owed.add(opening);
    if (this.#random.chance(ANSWERED))
      this.#on.agenda.after(this.#random.whole(20_000, SHIFT_MS), () => this.#answer(opening));
  }

  /** By a process that has just begun, and has not read yet what is owed; or asked by one that lost its power before that was on the disk. */
  #refused(opening: string): void {
    if (this.#refusals.has(opening)) {
      this.#owed.delete(opening);
      return;
    }
    this.#refusals.add(opening);
    this.#on.agenda.after(AGAIN_MS, () => this.#answer(opening));
  }

  answerAll(): void {
    for (const opening of [...this.#owed]) this.#answer(opening);
  }

  #answer(opening: string): void {
    if (!this.#owed.has(opening)) return;
    this.#on.gateway()?.request({ kind: 'giveReason', opening, by: { via: 'screen', name: '王' }, reason: '送货' });
  }
}
