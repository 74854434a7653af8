/** The simulated reader, byte side: sends a card as its profile says, again and again while it is held (protocols.md §5.2). */
import type { Clock } from '../../src/contract/clock.ts';
import { reversedBytes, wiegandFormats, wiegandFrame } from '../../src/wire/wiegand.ts';
import { crc16 } from './codec.ts';
import type { Profile } from './profile.ts';

/** For whoever serves this twin: its profile comes from YAML. */
export { profileSchema } from './profile.ts';

/** `text` for a QR code; else bits and value as `CardRead` has them. */
export type TwinCard = { readonly text: string } | { readonly bits: number; readonly value: string };

export interface ReaderTwinSettings {
  readonly clock: Clock;
  readonly profile: Profile;
  readonly send: (bytes: Uint8Array) => void;
  /** From one repetition to the next while a card is held. */
  readonly everyMs?: number | undefined;
}

export class ReaderTwin {
  readonly #settings: ReaderTwinSettings;
  #cancel = (): void => undefined;

  constructor(settings: ReaderTwinSettings) {
    this.#settings = settings;
  }

  /** Held to the reader until `release`. */
  hold(card: TwinCard): void {
    const { clock, profile, send, everyMs = 65 } = this.#settings;
    const bytes = frameOf(card, profile);
    const again = (): void => {
      send(bytes);
      this.#cancel = clock.after('twin.reader', everyMs, again);
    };
    this.#cancel();
    again();
  }

  release(): void {
    this.#cancel();
  }

  /** Shown once, as a reader that does not repeat sends it. */
  show(card: TwinCard): void {
    this.#settings.send(frameOf(card, this.#settings.profile));
  }
}

/** What a reader of this profile sends for the card. @throws RangeError where the profile cannot carry it */
export function frameOf(card: TwinCard, profile: Profile): Uint8Array {
  const { frame, check, value } = profile;
  const payload = payloadOf(card, profile);
  if (frame.by === 'counted') return countedFrame(payload, profile, frame);
  const sum = check?.by === 'xor' && check.digits ? ascii(hex(xor(bytesOfHex(text(payload))), 2)) : [];
  const body = [...payload, ...sum];
  if (frame.by === 'delimited') return Uint8Array.of(frame.start, ...body, frame.end);
  return Uint8Array.from(frame.by === 'line' ? [...body, 0x0d, 0x0a] : [...Array<number>(value.from).fill(0), ...body]);
}

function payloadOf(card: TwinCard, profile: Profile): readonly number[] {
  const { value } = profile;
  if ('text' in card) return [...new TextEncoder().encode(card.text)];
  const sent = profile.byteOrder === 'reversed' ? reversedBytes(card) : card;
  if (sent === null) throw new RangeError(`${card.bits} bits cannot be reversed`);
  const number = BigInt(`0x${sent.value}`);
  const digits = number.toString(10);
  switch (value.as) {
    case 'text':
      return ascii(digits);
    case 'decimal':
      return ascii(digits.padStart(value.digits ?? 10, '0'));
    case 'threeFive':
      return ascii(`${String(number >> 16n).padStart(3, '0')}${String(number & 0xffffn).padStart(5, '0')}`);
    case 'hex':
      return ascii(hex(number, value.digits ?? sent.bits / 4).toUpperCase());
    case 'number':
      return bytesOfHex(hex(number, sent.bits / 4));
    case 'wiegandText':
      return ascii(wiegandOf(sent.bits, number));
    case 'wiegandHex':
      return ascii(wiegandHexOf(wiegandOf(sent.bits, number)));
    case 'wiegandBytes': {
      const bits = wiegandOf(sent.bits, number);
      const whole = Math.ceil(bits.length / 8);
      return bytesOfHex(hex(BigInt(`0b${bits.padEnd(whole * 8, '0')}`), whole * 2));
    }
  }
}

function countedFrame(
  payload: readonly number[],
  { check, value, only }: Profile,
  frame: Extract<Profile['frame'], { by: 'counted' }>,
): Uint8Array {
  const bytes = Uint8Array.of(
    ...Array<number>(value.from).fill(0),
    ...payload,
    ...Array<number>(-(value.to ?? 0)).fill(0),
  );
  const told = frame.counts === 'bits' ? (bitsOfPayload(payload.length) ?? 0) : bytes.length - frame.adds;
  if (frame.start !== undefined) bytes[0] = frame.start;
  if (only !== undefined) bytes[only.at] = only.equals;
  bytes[frame.lengthAt] = told;
  if (frame.end !== undefined) bytes[bytes.length - 1] = frame.end;
  if (check?.by === 'crc16') {
    const crc = crc16(bytes.subarray(0, -2), check.init);
    bytes[bytes.length - 2] = crc & 0xff;
    bytes[bytes.length - 1] = crc >> 8;
  } else if (check !== undefined) {
    const part = [...bytes.slice(check.from, check.to ?? check.at)];
    const sum = check.by === 'xor' ? Number(xor(part)) : -part.reduce((total, one) => total + one, 0) & 0xff;
    bytes[check.at < 0 ? bytes.length + check.at : check.at] = sum;
  }
  return bytes;
}

/** The one usual frame that fills so many bytes. */
function bitsOfPayload(bytes: number): number | null {
  return [26, 34, 66].find((bits) => Math.ceil(bits / 8) === bytes) ?? null;
}

/** The usual frame of a width: 24 → W26, 32 → W34, 35 → H10302, 64 → W66. */
function wiegandOf(bits: number, value: bigint): string {
  const format = wiegandFormats.find(
    ({ card, parities, length }) => card.bits === bits && parities.length === 2 && length !== 35,
  );
  const frame = format === undefined ? null : wiegandFrame(format, value);
  if (frame === null) throw new RangeError(`no Wiegand frame carries ${bits} bits`);
  return frame;
}

/** Each digit four bits, the last bit of the frame the lowest of the last. */
function wiegandHexOf(bits: string): string {
  return hex(BigInt(`0b${bits}`), Math.ceil(bits.length / 4));
}

function hex(number: bigint, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function bytesOfHex(digits: string): number[] {
  return (digits.match(/../gu) ?? []).map((pair) => Number.parseInt(pair, 16));
}

function xor(bytes: readonly number[]): bigint {
  return BigInt(bytes.reduce((sum, one) => sum ^ one, 0));
}

function ascii(words: string): number[] {
  return [...words].map((one) => one.charCodeAt(0));
}

function text(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}
