/** Bytes to whole frames, pure: where one begins, where it ends, and what is noise. Bounded by the longest frame. */
import type { Frame } from './profile.ts';

export type Noise =
  | 'stray'
  | 'torn'
  /** What comes after a silence that cut a frame off. */
  | 'rest'
  /** Between silences, and too soon after another to be known from its rest. */
  | 'tooSoon'
  | 'tooLong'
  | 'checksum'
  | 'parity'
  | 'bitCount'
  | 'digits'
  | 'unreadable';

export type Piece =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  /** What stood before a silence and was never ended. */
  | { readonly kind: 'tail'; readonly bytes: Uint8Array }
  | { readonly kind: 'noise'; readonly why: Noise };

export interface FramingSettings {
  readonly frame: Frame;
  readonly silenceMs: number;
  readonly isSound: (frame: Uint8Array) => boolean;
  /** Bytes without an end mark that stand for themselves, as keys do: what follows them is no rest. */
  readonly isAlone: (tail: Uint8Array) => boolean;
}

const cr = 0x0d;
const lf = 0x0a;

export class Framing {
  readonly #settings: FramingSettings;
  #buffer: number[] = [];
  #lastAt = Number.NEGATIVE_INFINITY;
  /** Bytes without sense since the last frame or silence; told once. */
  #lost = false;
  /** A silence cut a frame off: what comes next may be its rest. */
  #torn = false;
  /** Text between silences that was heard just now; `null` once it has been quiet for so long that no rest follows. */
  #before: readonly number[] | null = null;
  #out: Piece[] = [];

  constructor(settings: FramingSettings) {
    this.#settings = settings;
  }

  /** When `silent` must be called if nothing comes before; `null` while nothing waits. */
  get dueAt(): number | null {
    const { frame, silenceMs } = this.#settings;
    if (this.#buffer.length > 0 || this.#lost) return this.#lastAt + silenceMs;
    return this.#before !== null && frame.by === 'run' ? this.#lastAt + frame.apart : null;
  }

  /** A silence is what `silent` says, never the times of two pieces: both may have waited in the port while nobody took them. */
  push(bytes: Uint8Array, at: number): readonly Piece[] {
    this.#lastAt = at;
    for (const byte of bytes) this.#feed(byte);
    return this.#take();
  }

  /** Nothing has come until `dueAt`. */
  silent(): readonly Piece[] {
    if (this.#buffer.length === 0 && !this.#lost) this.#before = null;
    this.#endRun();
    return this.#take();
  }

  /** What was begun belongs to a connection that is gone; the next one may bring its rest. */
  reset(): void {
    if (this.#buffer.length > 0 || this.#lost) this.#tear();
    this.#buffer = [];
    this.#lost = false;
  }

  #take(): readonly Piece[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #feed(byte: number): void {
    const { frame } = this.#settings;
    switch (frame.by) {
      case 'delimited':
        return this.#feedDelimited(byte, frame);
      case 'line':
        if (byte === cr || byte === lf) return this.#endLine();
        return this.#keep(byte, frame.max);
      case 'run':
        return this.#keep(byte, frame.max);
      case 'counted':
        if (this.#torn) this.#lose('rest');
        this.#torn = false;
        this.#buffer.push(byte);
        return this.#readCounted(frame);
    }
  }

  /** More than the longest frame: the rest is let go until its end. */
  #keep(byte: number, max: number): void {
    if (this.#lost) return;
    if (this.#buffer.length >= max) {
      this.#buffer = [];
      return this.#lose('tooLong');
    }
    this.#buffer.push(byte);
  }

  #endLine(): void {
    if (!this.#lost && this.#buffer.length > 0) {
      if (this.#torn) this.#out.push({ kind: 'noise', why: 'rest' });
      else this.#emit(this.#buffer);
    }
    this.#lost = false;
    this.#torn = false;
    this.#buffer = [];
  }

  #feedDelimited(byte: number, { start, end, length }: Extract<Frame, { by: 'delimited' }>): void {
    if (byte === start) {
      if (this.#buffer.length > 0) this.#lose('torn');
      this.#buffer = [byte];
      return;
    }
    if (this.#buffer.length === 0) return this.#lose('stray');
    this.#buffer.push(byte);
    if (byte !== end && this.#buffer.length < length) return;
    if (byte === end && this.#buffer.length === length) this.#emit(this.#buffer);
    else this.#lose('torn');
    this.#buffer = [];
  }

  /**
   * Binary frames hold their own start byte, so that a window over two frames may look whole: after noise the first that
   * looks whole is taken for the place to go on from, never for a card.
   */
  #readCounted(frame: Extract<Frame, { by: 'counted' }>): void {
    for (;;) {
      const whole = countedLength(this.#buffer, frame);
      if (whole === null) return;
      if (whole > 0 && this.#buffer.length < whole) return;
      const candidate = Uint8Array.from(this.#buffer.slice(0, Math.max(0, whole)));
      const ends = whole > 0 && (frame.end === undefined || candidate.at(-1) === frame.end);
      if (ends && this.#settings.isSound(candidate)) {
        if (!this.#lost) this.#out.push({ kind: 'frame', bytes: candidate });
        this.#lost = false;
        this.#buffer.splice(0, whole);
      } else {
        this.#lose(ends ? 'checksum' : 'stray');
        this.#buffer.shift();
      }
      if (this.#buffer.length === 0) return;
    }
  }

  #endRun(): void {
    const { frame } = this.#settings;
    const bytes = this.#buffer;
    const wasLost = this.#lost;
    this.#buffer = [];
    this.#lost = false;
    if (frame.by === 'run' && frame.length !== undefined && !wasLost) return this.#splitRun(bytes, frame.length);
    if (frame.by === 'run' && !wasLost) return this.#endText(bytes);
    const tail = Uint8Array.from(bytes);
    // Noise that a silence has ended in a counted frame holds the beginning of none.
    const isTorn = bytes.length > 0 || (wasLost && frame.by !== 'counted');
    if (isTorn && (wasLost || !this.#settings.isAlone(tail))) this.#tear();
    if (bytes.length > 0 && !wasLost) this.#out.push({ kind: 'tail', bytes: tail });
  }

  #tear(): void {
    const { frame } = this.#settings;
    if (frame.by === 'run' && frame.length === undefined) this.#before = [];
    // A delimited frame begins with a byte that stands nowhere else, and a run of one length is whole or none.
    this.#torn = frame.by === 'line' || frame.by === 'counted';
  }

  /** Rests are known by the time alone. What says the same as the one before is another reading of it. */
  #endText(bytes: readonly number[]): void {
    if (bytes.length === 0) return;
    const before = this.#before;
    this.#before = bytes;
    const isAgain = before?.length === bytes.length && before.every((one, at) => one === bytes[at]);
    if (before === null || isAgain) this.#emit(bytes);
    else this.#out.push({ kind: 'noise', why: 'tooSoon' });
  }

  /** Nothing but the silence around it says where a run begins: whole frames or none. */
  #splitRun(bytes: readonly number[], length: number): void {
    if (bytes.length % length !== 0) this.#out.push({ kind: 'noise', why: 'torn' });
    else for (let at = 0; at < bytes.length; at += length) this.#emit(bytes.slice(at, at + length));
  }

  #emit(bytes: readonly number[]): void {
    const frame = Uint8Array.from(bytes);
    if (this.#settings.isSound(frame)) this.#out.push({ kind: 'frame', bytes: frame });
    else this.#out.push({ kind: 'noise', why: 'checksum' });
    this.#lost = false;
  }

  #lose(why: Noise): void {
    if (!this.#lost) this.#out.push({ kind: 'noise', why });
    this.#lost = true;
  }
}

/** Bytes of the frame that begins here; 0 where none can; `null` where more must come to know. */
function countedLength(bytes: readonly number[], frame: Extract<Frame, { by: 'counted' }>): number | null {
  if (frame.start !== undefined && bytes[0] !== frame.start) return 0;
  const told = bytes[frame.lengthAt];
  if (told === undefined) return null;
  const whole = (frame.counts === 'bits' ? Math.ceil(told / 8) : told) + frame.adds;
  return whole >= frame.min && whole <= frame.max ? whole : 0;
}
