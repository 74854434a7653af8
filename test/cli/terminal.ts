/** A terminal as small as `watch` needs: wide characters take two cells, a full line wraps, what it does not know it refuses. */
import { width } from '../../src/config/columns.ts';

const ESC = '\u001b';
/** A control sequence, a sequence of another kind, or one character. */
const PIECES = new RegExp(`${ESC}\\[(\\??[\\d;]*)([A-Za-z])|${ESC}.?|[\\s\\S]`, 'gu');

export class Terminal {
  readonly columns: number;
  readonly rows: number;
  #cells: string[][];
  #row = 0;
  #column = 0;
  /** Sequences that no VT100 would know. */
  readonly unknown: string[] = [];
  cursorShown = true;
  /** Times it was asked whether it is there. */
  asked = 0;
  scrolled = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
    this.#cells = this.#empty();
  }

  #empty(): string[][] {
    return Array.from({ length: this.rows }, () => Array<string>(this.columns).fill(' '));
  }

  get screen(): readonly string[] {
    return this.#cells.map((row) => row.join('').trimEnd());
  }

  write(text: string): void {
    const pieces = text.matchAll(PIECES);
    for (const [all, numbers = '', final] of pieces) {
      if (final !== undefined) this.#control(numbers, final);
      else if (all === '\r') this.#column = 0;
      else if (all === '\n') this.#lineFeed();
      else if (all.startsWith(ESC)) this.unknown.push(JSON.stringify(all));
      else this.#put(all);
    }
  }

  #control(numbers: string, final: string): void {
    const [first = 0, second = 0] = numbers.replace('?', '').split(';').map(Number);
    if (final === 'H') [this.#row, this.#column] = [Math.max(1, first) - 1, Math.max(1, second) - 1];
    else if (final === 'K' && numbers === '') this.#row_().fill(' ', this.#column);
    else if (final === 'J' && numbers === '2') this.#cells = this.#empty();
    else if (final === 'J' && numbers === '') {
      this.#row_().fill(' ', this.#column);
      for (const row of this.#cells.slice(this.#row + 1)) row.fill(' ');
    } else if (final === 'n' && numbers === '5') this.asked += 1;
    else if (numbers === '?25') this.cursorShown = final === 'h';
    else this.unknown.push(`${numbers}${final}`);
  }

  #row_(): string[] {
    return this.#cells[this.#row] ?? [];
  }

  #put(character: string): void {
    const wide = width(character);
    if (wide === 0) return;
    if (this.#column + wide > this.columns) {
      this.#column = 0;
      this.#lineFeed();
    }
    const row = this.#row_();
    // Half of a wide character that is written over leaves a blank.
    if (row[this.#column] === '') row[this.#column - 1] = ' ';
    if (row[this.#column + wide] === '') row[this.#column + wide] = ' ';
    row[this.#column] = character;
    if (wide === 2) row[this.#column + 1] = '';
    this.#column += wide;
  }

  #lineFeed(): void {
    if (this.#row < this.rows - 1) {
      this.#row += 1;
      return;
    }
    this.scrolled += 1;
    this.#cells = [...this.#cells.slice(1), Array<string>(this.columns).fill(' ')];
  }
}
