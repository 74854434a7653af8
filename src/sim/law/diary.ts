/** What a run leaves behind: the hash of its journal and of every frame, the last inputs and what followed, and the marks of what it has reached. */
import type { Command, Input, JournalRecord } from '../../core/io.ts';
import type { Witness } from '../yard/witness.ts';
import { marksOf } from './marks-of.ts';

const LAST_LINES = 120;

export class Diary implements Witness {
  /** How often each thing was reached: `fault …`, `record …`, `outcome …`, and the edges of `marks-of.ts`. */
  readonly marks = new Map<string, number>();
  records = 0;
  inputs = 0;
  #one = 0xdeadbeef;
  #other = 0x41c6ce57;
  readonly #last: string[] = [];

  /** 64 bits, hexadecimal. Not for secrets. */
  get hash(): string {
    const hex = (part: number): string => (part >>> 0).toString(16).padStart(8, '0');
    return hex(this.#one) + hex(this.#other);
  }

  /** Inputs, and indented below each what it set down and sent. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  recorded(record: JournalRecord, at: number): void {
    this.records++;
    const { ref, lane, cause } = record;
    this.#note(
      at,
      `  ${ref} ${record.kind} ${lane ?? ''} ← ${cause ?? ''} ${JSON.stringify(record.body).slice(0, 300)}`,
    );
    this.#take(JSON.stringify(record));
    this.#mark(`record ${record.kind}`);
    for (const mark of marksOf(record)) this.#mark(mark);
  }

  framed({ id, action, lane }: Command, at: number, isHeard: boolean): void {
    this.#take(`${id} ${action} ${at} ${isHeard}`);
    this.#note(at, `  ${id} on the wire: ${action} ${lane}${isHeard ? '' : ' (not heard)'}`);
  }

  settled(_command: Command, result: string): void {
    this.#mark(`outcome ${result}`);
  }

  fault(code: string, _subject: string, isRaised: boolean): void {
    this.#mark(`fault ${code} ${isRaised ? 'raised' : 'cleared'}`);
  }

  started(): void {
    this.#mark('start');
  }

  taken(input: Input, at: number): void {
    this.inputs++;
    // A poll like the one before is passed over in quiet times; it would push everything else out here.
    if (input.kind === 'observed' && input.observation.kind === 'inputsRead') return;
    this.#note(at, tell(input));
  }

  #note(at: number, text: string): void {
    this.#last.push(`${Math.round(at)} ${text}`);
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }

  #mark(what: string): void {
    this.marks.set(what, (this.marks.get(what) ?? 0) + 1);
  }

  #take(text: string): void {
    let one = this.#one;
    let other = this.#other;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      one = Math.imul(one ^ code, 2654435761);
      other = Math.imul(other ^ code, 1597334677);
    }
    this.#one = Math.imul(one ^ (one >>> 16), 2246822507) ^ (other >>> 13);
    this.#other = Math.imul(other ^ (other >>> 16), 3266489909) ^ (one >>> 13);
  }
}

function tell(input: Input): string {
  switch (input.kind) {
    case 'observed': {
      const { kind, device } = input.observation;
      const text = input.observation.kind === 'plateRead' ? ` ${input.observation.raw}` : '';
      return `${kind} ${device}${text}`;
    }
    case 'requested':
      return `request ${JSON.stringify(input.request)}`;
    case 'elapsed':
      return `timer ${input.timer}`;
    case 'outcome':
      return `outcome ${input.outcome.command} ${input.outcome.result}`;
    default:
      return input.kind;
  }
}
