/** A contact over an analog input with end-of-line resistors: which of its bands a measurement lies in (gate.md "Emergency and fire"). Pure. */
import { z } from '../../src/contract/driver.ts';
import { unfit } from '../../src/contract/unfit.ts';
import type { ContactLine } from '../../src/core/presentation.ts';
import type { Profile } from './profile.ts';

const band = z
  .array(z.number())
  .length(2)
  .describe('From, to: the value measured at sign-off with its tolerance, in the unit of the board’s profile.');

export const bandsSchema = z
  .strictObject({
    normal: band,
    alarm: band,
    open: band.optional(),
    short: band.optional(),
  })
  .describe(
    'Of supervision: analog. What lies in neither normal nor alarm is a broken line; open and short only say which way.',
  );

export type Bands = z.infer<typeof bandsSchema>;
const names = ['normal', 'alarm', 'open', 'short'] as const;

/** What is wired to one analog input. */
interface Wired {
  readonly name: string;
  /** From 1. */
  readonly at: number;
  readonly bands: Bands | null;
}

/** An input as it is written, as far as its supervision goes. */
interface Written {
  readonly supervision?: string | undefined;
  readonly wiring?: string | undefined;
  readonly bands?: Bands | undefined;
}

export interface AnalogReading {
  readonly values: Readonly<Record<string, boolean>>;
  readonly lines: Readonly<Record<string, ContactLine>>;
}

/** The measurements that one reply shows, first = input 1; in the unit of the profile. */
export function measured(
  block: NonNullable<Profile['analog']>,
  reply: { readonly registers: readonly number[] },
): readonly number[] {
  return reply.registers
    .slice(0, block.count)
    .map((word) => (block.signed && word > 0x7fff ? word - 0x10000 : word) * block.scale);
}

/** Active = in alarm. A line that is broken shows neither, and is told beside; an input that the reply lacks is not in the result. */
export function readAnalog(inputs: readonly Wired[], all: readonly number[]): AnalogReading {
  const values: Record<string, boolean> = {};
  const lines: Record<string, ContactLine> = {};
  for (const { name, at, bands } of inputs) {
    const value = all[at - 1];
    if (bands === null || value === undefined) continue;
    const found = bandOf(bands, value);
    values[name] = found === 'alarm';
    if (found !== 'alarm' && found !== 'normal') lines[name] = found;
  }
  return { values, lines };
}

export function bandOf(bands: Bands, value: number): 'normal' | 'alarm' | ContactLine {
  for (const name of names) {
    const { from, to } = rangeOf(bands[name]);
    if (value >= from && value <= to) return name;
  }
  return 'outside';
}

/** Of a band that is not written nothing is within. */
function rangeOf(range: readonly number[] | undefined): { readonly from: number; readonly to: number } {
  const [from = Number.NaN, to = Number.NaN] = range ?? [];
  return { from, to };
}

/** What of one written input does not go together with `supervision: analog`, or only with it. */
export function refuseUnfitAnalog(
  context: z.core.$RefinementCtx,
  profile: Profile,
  name: string,
  role: string | undefined,
  input: Written,
): void {
  const path = ['inputs', name];
  const { bands } = input;
  if (input.supervision !== 'analog') {
    if (bands === undefined) return;
    const text = { zh: 'bands 只用于 supervision: analog', en: 'bands are of supervision: analog only' };
    return unfit(context, [...path, 'bands'], text, {
      zh: '写 supervision: analog，或删掉 bands',
      en: 'write supervision: analog, or delete them',
    });
  }
  if (role !== 'fire') {
    const text = { zh: `${name} 没有模拟量监视`, en: `${name} has no analog supervision` };
    return unfit(context, [...path, 'supervision'], text, { zh: '只用于 fire', en: 'only fire has it' });
  }
  if (profile.analog === undefined) {
    const text = { zh: '此板没有模拟量输入', en: 'this board has no analog inputs' };
    return unfit(context, [...path, 'supervision'], text, {
      zh: '换有 analog 的型号（profile），或用 supervision: pair',
      en: 'take a board that has some (analog in its profile), or supervision: pair',
    });
  }
  if (input.wiring !== undefined) {
    const text = { zh: '模拟量监视没有 wiring', en: 'an analog contact has no wiring' };
    unfit(context, [...path, 'wiring'], text, { zh: '删掉；由 bands 决定', en: 'delete it; its bands say it' });
  }
  if (bands === undefined) {
    const text = { zh: '缺 bands：各状态的测量范围', en: 'the bands are missing: what each state measures' };
    return unfit(context, path, text, {
      zh: `写 bands: { normal: [从, 到], alarm: [从, 到] }，单位 ${profile.analog.unit}`,
      en: `write bands: { normal: [from, to], alarm: [from, to] }, in ${profile.analog.unit}`,
    });
  }
  refuseUnfitBands(context, [...path, 'bands'], bands);
}

function refuseUnfitBands(context: z.core.$RefinementCtx, path: readonly string[], bands: Bands): void {
  const written = names.flatMap((name) => {
    return bands[name] === undefined ? [] : [{ name, ...rangeOf(bands[name]) }];
  });
  for (const { name, from, to } of written) {
    if (from < to) continue;
    const text = { zh: `${name}：下限须小于上限`, en: `${name}: the first number must be the smaller one` };
    unfit(context, [...path, name], text, { zh: `写 [${to}, ${from}]`, en: `write [${to}, ${from}]` });
  }
  const sorted = written.toSorted((one, other) => one.from - other.from);
  for (const [at, upper] of sorted.entries()) {
    const lower = sorted[at - 1];
    if (lower === undefined || lower.to < upper.from) continue;
    const text = {
      zh: `${upper.name} 与 ${lower.name} 重叠：同一读数有两种意义`,
      en: `${upper.name} and ${lower.name} overlap: one value would mean both`,
    };
    unfit(context, [...path, upper.name], text, {
      zh: '缩小其中一个；中间留空，落在空处即断线',
      en: 'make one of them smaller, and leave a gap: what lies in it is a broken line',
    });
  }
}
