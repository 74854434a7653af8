/** The emergency latch in its two places, a file and the database, as runtime keeps it (I3). */
import type { Latch } from '../../core/emergency/latch.ts';
import type { Request } from '../../core/io.ts';
import type { Random } from '../random.ts';
import type { Agenda, Due } from '../yard/agenda.ts';
import type { Disk } from './disk.ts';

const KEY = 'latch';

export class LatchKeeper {
  readonly #agenda: Agenda;
  readonly #disk: Disk;
  readonly #random: Random;
  /** Null: nothing was ever kept. */
  #file: string | null = null;
  /** As it was at the start. */
  #found: string | null = null;
  #wanted: string | null = null;
  #writing: Due | null = null;

  constructor(agenda: Agenda, disk: Disk, random: Random) {
    this.#agenda = agenda;
    this.#disk = disk;
    this.#random = random;
  }

  /** After each step. */
  look(latch: Latch): void {
    const isEmpty = latch.causes.length === 0 && latch.doubt === null;
    if (isEmpty && this.#wanted === null) return;
    const text = JSON.stringify(latch);
    if (text === this.#wanted) return;
    this.#wanted = text;
    this.#write();
    this.#disk.keep(KEY, text);
  }

  cut(): void {
    if (this.#writing !== null) this.#writing.isOff = true;
    this.#writing = null;
    this.#wanted = this.#file;
  }

  /** Before a line is opened. */
  fromFile(): Request | null {
    this.#found = this.#file;
    if (this.#file === null) return null;
    const { causes, doubt } = JSON.parse(this.#file) as Latch;
    return { kind: 'recallLatch', causes, doubt };
  }

  /** The database is open: where the two places differ, nobody knows which of them is right. */
  fromDatabase(): Request | null {
    const kept = this.#disk.values.get(KEY) ?? null;
    if (kept === this.#found) return null;
    const causes = kept === null ? [] : (JSON.parse(kept) as Latch).causes;
    return { kind: 'recallLatch', causes, doubt: { why: 'placesDiffer', lanes: null } };
  }

  #write(): void {
    if (this.#writing !== null) return;
    const text = this.#wanted;
    this.#writing = this.#agenda.after(this.#random.whole(1, 20), () => {
      this.#writing = null;
      this.#file = text;
      if (this.#wanted !== text) this.#write();
    });
  }
}
