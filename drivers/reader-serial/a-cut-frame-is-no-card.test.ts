import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Mono } from '../../src/core/values.ts';
import { configOf, profile, profileNames } from '../../test/field/reader-rig.ts';
import { framesOf, qrTexts } from '../../test/field/reader-frames.ts';
import { type Heard, ReaderCodec } from './codec.ts';
import { profileOf } from './config.ts';
import { fitsOf } from './fits.ts';
import { type Profile, profileSchema } from './profile.ts';
import { ReaderRefusals } from './refusal-watch.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const set = (name: string, more: Readonly<Record<string, unknown>>): Profile => profileOf(configOf(name, more));

/** Pieces at their times, the codec's timer between them, and quiet at the end. */
function heardAt(of: Profile, pieces: readonly (readonly [at: number, bytes: Uint8Array])[]): readonly Heard[] {
  const codec = new ReaderCodec(of);
  const all: Heard[] = [];
  const until = (at: Mono): void => {
    while (codec.dueAt !== null && codec.dueAt <= at) all.push(...codec.silent());
  };
  for (const [at, bytes] of pieces) {
    until(at);
    all.push(...codec.push(bytes, at));
  }
  until(Number.MAX_SAFE_INTEGER);
  return all;
}
const cards = (all: readonly Heard[]): readonly string[] =>
  all.flatMap((one) => (one.kind === 'card' ? [`${one.bits}:${one.value}`] : []));
const noises = (all: readonly Heard[]): readonly string[] =>
  all.flatMap((one) => (one.kind === 'noise' ? [one.why] : []));
const texts = (all: readonly Heard[]): readonly (string | undefined)[] =>
  all.flatMap((one) => (one.kind === 'card' ? [one.text] : []));

describe('a frame with a silence inside', () => {
  const pauses = (of: Profile) => [of.silence, of.silence + 1, 3 * of.silence + 100];

  it.each(profileNames.filter((name) => name !== 'qr-silence'))('of %s is no card, wherever it is cut', (name) => {
    const frames = framesOf(name);
    expect(frames.length).toBeGreaterThan(0);
    for (const { bytes, told, more } of frames) {
      const of = set(name, more);
      expect(cards(heardAt(of, [[0, bytes]]))).toEqual([told]);
      const endMark = of.frame.by === 'line' ? 2 : 0;
      for (const pause of pauses(of)) {
        for (let cut = 1; cut < bytes.length; cut += 1) {
          const where = `${Buffer.from(bytes).toString('latin1')} at ${cut}, ${pause} ms`;
          const all = heardAt(of, [
            [0, bytes.slice(0, cut)],
            [pause, bytes.slice(cut)],
            [pause + 5000, bytes],
            [pause + 10_000, bytes],
          ]);
          // Cut between CR and LF it was whole before; what is shown again is read, at the latest the second time.
          expect(new Set(cards(all)), where).toEqual(new Set([told]));
          const torn = heardAt(of, [
            [0, bytes.slice(0, cut)],
            [pause, bytes.slice(cut)],
          ]);
          expect(cards(torn), where).toEqual(endMark > 0 && cut === bytes.length - 1 ? [told] : []);
        }
      }
    }
  });

  it('of the scanner without end mark gives no rest of a text, and no number out of the first part of one', () => {
    const of = profile('qr-silence');
    for (const text of qrTexts) {
      const bytes = ascii(text);
      for (let cut = 1; cut < bytes.length; cut += 1) {
        for (const pause of [of.silence, 700, 1990]) {
          const all = heardAt(of, [
            [0, bytes.slice(0, cut)],
            [pause, bytes.slice(cut)],
          ]);
          const first = cards(heardAt(of, [[0, bytes.slice(0, cut)]]));
          expect([...new Set(cards(all))], text).toEqual(first);
          expect(cards(all).every((card) => card.startsWith('128:'))).toBe(true);
          const isTwice = text.slice(0, cut) === text.slice(cut);
          expect(noises(all).includes('tooSoon'), `${text} at ${cut}`).toBe(!isTwice);
        }
      }
    }
  });
});

describe('what follows a line that was cut', () => {
  it.each<[name: string, more: Record<string, unknown>, head: string, rest: string]>([
    ['wiegand-text', {}, '10', '10010011001011000000010110100101'],
    ['wiegand-text', { frameBits: 32 }, '10', '10010011001011000000010110100101'],
    ['hex-line', {}, '62E308', '6CED'],
    ['wiegand-hex', { frameBits: 34 }, '29', '32C05A4'],
    ['qr-line', {}, 'https://pay.example/u?id=', '0013961168'],
  ])('of %s %j: %s | %s is refused as its rest, and the next line is read', (name, more, head, rest) => {
    const of = set(name, more);
    const again = name === 'wiegand-text' && 'frameBits' in more ? rest : null;
    const whole = again ?? framesOf(name).map(({ bytes }) => Buffer.from(bytes).toString().trim())[0] ?? '';
    const all = heardAt(of, [
      [0, ascii(head)],
      [of.silence + 100, ascii(`${rest}\r\n`)],
      [5000, ascii(`${name === 'wiegand-hex' ? '2932C05A4' : whole}\r\n`)],
    ]);
    expect(noises(all)).toEqual(['torn', 'rest']);
    expect(all.at(-1)?.kind).toBe('card');
    expect(cards(all)).toHaveLength(1);
  });

  it('is refused in however many pieces it comes, and after a line that was too long', () => {
    const of = profile('hex-line');
    const pieces = [[0, ascii('62E3')] as const, [300, ascii('08')] as const, [600, ascii('6CED\r\n')] as const];
    expect(heardAt(of, pieces).filter(({ kind }) => kind === 'card')).toEqual([]);
    const long = heardAt(of, [
      [0, ascii('A'.repeat(40))],
      [300, ascii('6CED\r\n')],
      [301, ascii('D507D0\r\n')],
    ]);
    expect(noises(long)).toEqual(['tooLong', 'rest']);
    expect(cards(long)).toEqual(['24:d507d0']);
  });

  it('is nothing where only the end mark is left', () => {
    const all = heardAt(profile('decimal-10'), [
      [0, ascii('0013961168')],
      [300, ascii('\r\n0012964329\r\n')],
    ]);
    expect(noises(all)).toEqual(['torn']);
    expect(cards(all)).toEqual(['32:c5d1e9']);
  });

  it('is refused over a new connection too', () => {
    const codec = new ReaderCodec(profile('hex-line'));
    codec.push(ascii('62E308'), 0);
    codec.reset();
    expect(codec.dueAt).toBeNull();
    expect(codec.push(ascii('6CED\r\n'), 50)).toEqual([{ kind: 'noise', why: 'rest' }]);
    expect(cards(codec.push(ascii('62E3086CED\r\n'), 60))).toEqual(['40:62e3086ced']);
    codec.reset();
    expect(cards(codec.push(ascii('62E3086CED\r\n'), 70))).toEqual(['40:62e3086ced']);
  });

  it('is a card after keys where a length tells it from a rest, and not where none does', () => {
    const pieces = [[0, ascii('5')] as const, [300, ascii('#')] as const, [600, ascii('0012964329\r\n')] as const];
    expect(cards(heardAt(profile('s4a-ethernet'), pieces))).toEqual(['32:c5d1e9']);
    expect(cards(heardAt(set('s4a-ethernet', { format: 'hex' }), pieces))).toEqual([]);
    const torn = heardAt(profile('s4a-ethernet'), [
      [0, ascii('00129')],
      [300, ascii('64329\r\n')],
    ]);
    expect(torn).toEqual([{ kind: 'key' }, { kind: 'noise', why: 'digits' }]);
  });

  it('is shown by learn with its bytes, and fits no other profile', () => {
    const config = configOf('wiegand-text');
    const watch = new ReaderRefusals(profileOf(config));
    const told = [watch.hear(ascii('10'), 0)];
    const until = (at: Mono): void => {
      for (let due = watch.dueAt; due !== null && due <= at; due = watch.dueAt) told.push(watch.silent(due));
    };
    until(1000);
    told.push(watch.hear(ascii('10010011001011000000010110100101\r\n'), 1000));
    until(Number.MAX_SAFE_INTEGER);
    const [, rest] = told.filter((one) => one !== null);
    expect(rest).toMatchObject({ why: ['rest'], cards: 0, withheld: 0 });
    expect(rest?.pieces).toHaveLength(1);
    const profiles = new Map(profileNames.map((name) => [name, profile(name)]));
    expect(rest === undefined ? null : fitsOf(rest, config, profiles)).toEqual([]);
  });
});

describe('a binary frame inside another', () => {
  it('is no card when the outer one is cut just before it', () => {
    const inner = 'A0 0D 01 89 00 30 00 A1 B2 C3 D4 E5 F6 45';
    const bytes = inner.split(' ').map((pair) => Number.parseInt(pair, 16));
    const checked = [...bytes, -bytes.reduce((sum, one) => sum + one, 0) & 0xff];
    const of = profile('uhf-r2000');
    expect(cards(heardAt(of, [[0, Uint8Array.from(checked)]]))).toEqual(['48:a1b2c3d4e5f6']);
    const head = Uint8Array.of(0xa0, 0x18, 0x01, 0x89, 0x00, 0x30, 0x00);
    const all = heardAt(of, [
      [0, head],
      [150, Uint8Array.of(...checked, 0x45, 0x00)],
    ]);
    expect(cards(all)).toEqual([]);
    expect(noises(all).slice(0, 2)).toEqual(['torn', 'rest']);
  });
});

describe('texts between silences', () => {
  const say = (...all: readonly (readonly [number, string])[]) =>
    heardAt(
      profile('qr-silence'),
      all.map(([at, text]) => [at, ascii(text)] as const),
    );

  it('are read when they say the same, or when it was quiet between them for as long as a scanner may pause', () => {
    expect(texts(say([0, 'pass-1'], [500, 'pass-1'], [1000, 'pass-1']))).toEqual(['pass-1', 'pass-1', 'pass-1']);
    expect(texts(say([0, 'pass-1'], [2000, 'pass-2']))).toEqual(['pass-1', 'pass-2']);
    const soon = say([0, 'pass-1'], [1999, 'pass-2'], [3998, 'pass-3'], [4500, 'pass-3'], [6500, 'pass-4']);
    expect(texts(soon)).toEqual(['pass-1', 'pass-3', 'pass-4']);
    expect(noises(soon)).toEqual(['tooSoon', 'tooSoon']);
  });

  it('are no rest of one that was too long, or that a lost connection cut', () => {
    expect(texts(say([0, 'x'.repeat(3073)], [300, 'pass-1']))).toEqual([]);
    const codec = new ReaderCodec(profile('qr-silence'));
    codec.push(ascii('pass-'), 0);
    codec.reset();
    codec.push(ascii('1'), 100);
    expect(codec.silent()).toEqual([{ kind: 'noise', why: 'tooSoon' }]);
  });

  it('are numbers only where the profile says how many digits they have', () => {
    const raw = { ...profile('qr-silence') };
    const ten = profileSchema.parse({ ...raw, value: { ...raw.value, digits: 10 } });
    const number = [[0, ascii('0013961168')] as const];
    expect(cards(heardAt(ten, number))).toEqual(['32:d507d0']);
    expect(texts(heardAt(ten, [[0, ascii('00139')]]))).toEqual(['00139']);
    expect(texts(heardAt(profile('qr-silence'), number))).toEqual(['0013961168']);
  });
});

describe('digits of another number than a card has', () => {
  it.each<[name: string, more: Record<string, unknown>, line: string, why: string]>([
    ['decimal-10', {}, '961168', 'digits'],
    ['decimal-10', {}, '013961168', 'digits'],
    ['decimal-10', {}, '00013961168', 'digits'],
    ['hex-line', { bits: 32 }, '6CED', 'digits'],
    ['wiegand-hex', { frameBits: 34 }, '2d2', 'bitCount'],
    ['wiegand-hex', { frameBits: 34 }, '2', 'bitCount'],
    ['wiegand-hex', { frameBits: 26 }, '0003AA0FA1', 'bitCount'],
    ['wiegand-text', {}, '01001001100101100000001011010010', 'bitCount'],
    ['wiegand-text', { frameBits: 34 }, '11101010100000111110100001', 'bitCount'],
  ])('are none for %s %j: %s', (name, more, line, why) => {
    expect(heardAt(set(name, more), [[0, ascii(`${line}\r\n`)]])).toEqual([{ kind: 'noise', why }]);
  });

  it('may be more in hexadecimal of which only the lowest bits count', () => {
    expect(cards(heardAt(set('hex-line', { bits: 24 }), [[0, ascii('62E3086CED\r\n')]]))).toEqual(['24:86ced']);
  });

  it('are whole bytes of a Wiegand frame too', () => {
    const of = set('wiegand-hex', { frameBits: 26 });
    for (const digits of ['3AA0FA1', '03AA0FA1'])
      expect(cards(heardAt(of, [[0, ascii(`${digits}\r\n`)]]))).toEqual(['24:d507d0']);
    const raw = { ...of, value: { ...of.value, align: 'left' as const } };
    expect(cards(heardAt(raw, [[0, ascii('EA83E840\r\n')]]))).toEqual(['24:d507d0']);
    expect(cards(heardAt(raw, [[0, ascii('EA83E84\r\n')]]))).toEqual([]);
  });

  it('in a run or between its marks are no frame, whatever sum they have', () => {
    const frame = '62E3086CED08';
    expect(heardAt(profile('em18'), [[0, ascii(`${frame}${frame.slice(0, 6)}`)]])).toEqual([
      { kind: 'noise', why: 'torn' },
    ]);
    expect(cards(heardAt(profile('em18'), [[0, ascii(`${frame}${frame}`)]]))).toHaveLength(2);
    const unsummed = profileSchema.parse({
      ...profile('em4100'),
      check: undefined,
      value: { as: 'hex', from: 1, to: -1 },
    });
    expect(cards(heardAt(unsummed, [[0, ascii('\u000262E3086CED08\u0003')]]))).toHaveLength(1);
    for (const text of ['\u000262E3086CED\u0003', '\u000262E3086CED0801\u0003'])
      expect(cards(heardAt(unsummed, [[0, ascii(text)]]))).toEqual([]);
  });
});

it('the vectors are those of the samples', () => {
  const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));
  expect(framesOf('wiegand-text')).toHaveLength(vectors.wiegand.length);
  expect(profileNames.every((name) => framesOf(name).length > 0)).toBe(true);
});
