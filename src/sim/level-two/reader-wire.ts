/** A card reader's own line: it speaks, nobody asks it; its link comes and goes. */
import type { Random } from '../random.ts';
import type { Agenda } from '../yard/agenda.ts';
import type { WireEnd, WireLink } from './byte-wire.ts';

const OPEN_MS: readonly [number, number] = [1, 12];
const NOTICED_MS: readonly [number, number] = [0, 1500];

export class ReaderWire {
  readonly #agenda: Agenda;
  readonly #random: Random;
  #live: WireEnd | null = null;
  #isCut = false;

  constructor(agenda: Agenda, random: Random) {
    this.#agenda = agenda;
    this.#random = random;
  }

  open(end: WireEnd): WireLink {
    let isOver = false;
    this.#agenda.after(this.#random.between(...OPEN_MS), () => {
      if (isOver) return;
      if (this.#isCut) {
        isOver = true;
        return end.lost('no way there');
      }
      this.#live = end;
      end.opened();
    });
    return {
      write: () => !isOver && this.#live === end,
      close: () => {
        isOver = true;
        if (this.#live === end) this.#live = null;
      },
    };
  }

  cut(): void {
    this.#isCut = true;
    const end = this.#live;
    if (end === null) return;
    this.#agenda.after(this.#random.between(...NOTICED_MS), () => {
      if (this.#live !== end) return;
      this.#live = null;
      end.lost('connection reset');
    });
  }

  mend(): void {
    this.#isCut = false;
  }

  /** In one piece or two, as converters hand it over. */
  send(bytes: Uint8Array): void {
    const end = this.#live;
    if (end === null || this.#isCut) return;
    const cut = this.#random.chance(0.2) ? this.#random.whole(1, bytes.length - 1) : bytes.length;
    end.bytes(bytes.slice(0, cut));
    if (cut < bytes.length)
      this.#agenda.after(this.#random.between(1, 4), () => {
        if (this.#live === end && !this.#isCut) end.bytes(bytes.slice(cut));
      });
  }
}
