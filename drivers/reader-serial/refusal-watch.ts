/** What a reader sends that its profile takes for no card, with its bytes, for `gatehouse learn`. Pure; bounded; tells no key. */
import type { Refused, RefusalWatch } from '../../src/contract/refusals.ts';
import type { Mono } from '../../src/core/values.ts';
import { type Heard, isKey, keysAtOnce, ReaderCodec } from './codec.ts';
import type { Profile } from './profile.ts';
import type { RefusalReason } from './refusal-words.ts';

/** Longer than any reader waits inside one card, whatever the profile says of this one. */
const leastSilenceMs = 250;
/** Something held, or a line that babbles, knows no silence. */
const windowMs = 500;
/** More than the longest frame. */
const bytesKept = 4096;
/** No hand types so fast, and a reader that sends digit by digit is faster (protocols.md §5.2: 25 ms). */
const pauseMs = 80;
/** No card has so few bytes, but a key has, whatever frame it is sent in. */
const keyBytesMax = 5;
/** Whole frames that are no cards are told once each: a reader that is asked answers many times a second. */
const otherFramesKept = 16;

interface Window {
  readonly begun: Mono;
  lastAt: Mono;
  readonly pieces: { readonly at: number; readonly bytes: number[] }[];
  kept: number;
  more: number;
  readonly why: Set<RefusalReason>;
  cards: number;
  keys: boolean;
}

export class ReaderRefusals implements RefusalWatch {
  readonly #codec: ReaderCodec;
  readonly #silenceMs: number;
  readonly #othersTold = new Set<string>();
  #window: Window | null = null;

  constructor(profile: Profile) {
    this.#codec = new ReaderCodec(profile);
    this.#silenceMs = Math.max(leastSilenceMs, profile.silence);
  }

  get dueAt(): Mono | null {
    const ends = this.#window === null ? Number.POSITIVE_INFINITY : this.#window.lastAt + this.#silenceMs;
    const due = Math.min(ends, this.#codec.dueAt ?? Number.POSITIVE_INFINITY);
    return due === Number.POSITIVE_INFINITY ? null : due;
  }

  hear(bytes: Uint8Array, at: Mono): Refused | null {
    const told = this.#isDone(at) ? this.#close() : null;
    this.#window ??= { begun: at, lastAt: at, pieces: [], kept: 0, more: 0, why: new Set(), cards: 0, keys: false };
    keep(this.#window, bytes, at);
    this.#count(this.#codec.push(bytes, at));
    return told;
  }

  silent(at: Mono): Refused | null {
    if (this.#codec.dueAt !== null && at >= this.#codec.dueAt) this.#count(this.#codec.silent());
    return this.#window !== null && at >= this.#window.lastAt + this.#silenceMs ? this.#close() : null;
  }

  lost(): void {
    this.#codec.reset();
    this.#window = null;
  }

  /** Long enough, and not in the middle of the first frame, about which nothing is known yet. */
  #isDone(at: Mono): boolean {
    const window = this.#window;
    if (window === null || at < window.begun + windowMs) return false;
    return window.why.size > 0 || window.cards > 0 || window.keys;
  }

  #count(heard: readonly Heard[]): void {
    const window = this.#window;
    if (window === null) return;
    for (const one of heard) {
      if (one.kind === 'noise') window.why.add(one.why);
      else if (one.kind === 'other') window.why.add('otherCommand');
      else if (one.kind === 'card') window.cards += 1;
      else window.keys = true;
    }
  }

  #close(): Refused | null {
    const window = this.#window;
    this.#window = null;
    if (window === null || window.why.size === 0) return null;
    // A key among them makes all of it somebody's code.
    const shown = window.keys ? [] : window.pieces.filter(({ bytes }) => !mayBeKeys(bytes));
    const pieces = shown.map(({ at, bytes }) => ({ at, hex: hexOf(bytes) }));
    const told = pieces.reduce((sum, { hex }) => sum + hex.length / 2, 0);
    if (window.why.size === 1 && window.why.has('otherCommand') && !this.#isNew(pieces.map(({ hex }) => hex).join(' ')))
      return null;
    const { more, cards } = window;
    return { why: [...window.why], pieces, more, withheld: window.kept - told, cards };
  }

  #isNew(frames: string): boolean {
    if (this.#othersTold.has(frames) || this.#othersTold.size >= otherFramesKept) return false;
    this.#othersTold.add(frames);
    return true;
  }
}

function keep(window: Window, bytes: Uint8Array, at: Mono): void {
  const taken = bytes.subarray(0, bytesKept - window.kept);
  const last = window.pieces.at(-1);
  if (last === undefined || at - window.lastAt >= pauseMs)
    window.pieces.push({ at: Math.round(at - window.begun), bytes: [...taken] });
  else for (const one of taken) last.bytes.push(one);
  window.kept += taken.length;
  window.more += bytes.length - taken.length;
  window.lastAt = at;
}

/** Whatever the profile, what a keypad may have sent is nobody's to see. */
function mayBeKeys(bytes: readonly number[]): boolean {
  if (bytes.length <= keyBytesMax) return true;
  if (bytes.length <= keysAtOnce && bytes.every(isKey)) return true;
  // Codes as lines, which have fewer digits than a card, and keys as eight bits in text.
  return /^(([0-9*#]{1,7}|[01]{8})[\r\n]+)+$/u.test(String.fromCharCode(...bytes));
}

function hexOf(bytes: readonly number[]): string {
  return bytes.map((one) => one.toString(16).padStart(2, '0')).join('');
}
