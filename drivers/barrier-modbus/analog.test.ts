/** A fire contact over an analog input: on the wire, in its bands, and as it may not be written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputsRead } from '../../src/core/presentation.ts';
import { examples, makeRig, profile, type Rig } from '../../test/field/barrier-rig.ts';
import { bandOf, measured } from './analog.ts';
import { configSchema } from './config.ts';
import driver from './index.ts';
import { profileSchema } from './profile.ts';

const bands = { short: [0, 300], alarm: [900, 1500], normal: [2500, 3300], open: [3900, 4095] } as const;
const fire = { at: 2, supervision: 'analog', bands };
const board = (inputs: object, name = 'generic-analog', more: object = {}): Record<string, unknown> => ({
  ...{ unit: 1, profile: profile(name), inputs },
  ...more,
});
const measures = board({ obstruction: 3, fire });

async function rigAt(counts: number): Promise<Rig> {
  const rig = await makeRig(measures, 'generic');
  rig.board.analog[1] = counts;
  await rig.start();
  await rig.clock.pass(1000);
  return rig;
}
const newestFire = ({ seen }: Rig) => {
  const reads = seen.filter((one): one is InputsRead => one.kind === 'inputsRead' && 'fire' in one.values);
  const last = reads.at(-1);
  return last === undefined ? null : { alarm: last.values.fire, line: last.lines?.fire ?? null };
};

describe('a fire contact with end-of-line resistors', () => {
  it.each([
    [2900, { alarm: false, line: null }],
    [1200, { alarm: true, line: null }],
    [0, { alarm: false, line: 'short' }],
    [4095, { alarm: false, line: 'open' }],
    [2000, { alarm: false, line: 'outside' }],
  ])('at %i counts is told as %o', async (counts, told) => {
    const rig = await rigAt(counts);
    expect(newestFire(rig)).toEqual(told);
    expect(rig.sent.some(({ hex }) => hex === '010400000008')).toBe(true);
    await rig.stop();
  });

  it('is read beside the contacts, which go on being told as they were, and is in nothing that they tell', async () => {
    const rig = await rigAt(2900);
    const contacts = rig.seen.filter((one) => one.kind === 'inputsRead' && 'obstruction' in one.values);
    expect(contacts.length).toBeGreaterThan(3);
    expect(contacts.some((one) => one.kind === 'inputsRead' && 'fire' in one.values)).toBe(false);
    rig.board.analog[1] = 1200;
    await rig.clock.pass(300);
    expect(newestFire(rig)).toEqual({ alarm: true, line: null });
    await rig.stop();
  });

  it('that the board refuses to show is a fault, and nothing is told of it', async () => {
    const rig = await rigAt(2900);
    const told = rig.seen.length;
    rig.board.analog.length = 0;
    rig.board.inputs.length = 2;
    await rig.clock.pass(3000);
    const since = rig.seen.slice(told);
    expect(since.some((one) => one.kind === 'inputsRead' && 'fire' in one.values)).toBe(false);
    expect(since.some((one) => one.kind === 'deviceFault' && one.fault === 'boardRefuses' && one.raised)).toBe(true);
    await rig.stop();
  });

  it('on a board that only measures is read without a relay or a contact', async () => {
    const only = board({ fire: { ...fire, bands: { normal: [4, 8], alarm: [12, 16] } } }, 'waveshare-ai-8', {
      portal: 'none',
    });
    const rig = await makeRig(only, 'generic');
    rig.board.analog[1] = 14_000;
    await rig.start();
    await rig.clock.pass(1000);
    expect(newestFire(rig)).toEqual({ alarm: true, line: null });
    expect(new Set(rig.sent.map(({ hex }) => hex))).toEqual(new Set(['010400000008']));
    const traits = driver.traits(configSchema.parse(only));
    expect(traits.portal).toBeNull();
    expect(traits.outputs).toEqual([]);
    await rig.stop();
  });
});

describe('a measurement', () => {
  it('is in the profile’s unit, and negative where its board counts so', () => {
    const block = profileSchema.parse(profile('waveshare-ai-8')).analog;
    if (block === undefined) throw new Error('no analog inputs');
    expect(measured(block, { registers: [4000, 20_000] })).toEqual([4, 20]);
    expect(measured({ ...block, signed: true, scale: 1 }, { registers: [0xffff, 1] })).toEqual([-1, 1]);
  });

  it('is never taken for normal or alarm outside those bands', () => {
    const parsed = configSchema.parse(measures).inputs.fire;
    if (typeof parsed !== 'object' || parsed.bands === undefined) throw new Error('no bands');
    const own = parsed.bands;
    fc.assert(
      fc.property(fc.double({ min: -100, max: 5000, noNaN: true }), (value) => {
        const inside = (name: 'normal' | 'alarm') => value >= Number(own[name][0]) && value <= Number(own[name][1]);
        const told = bandOf(own, value);
        expect(told === 'normal').toBe(inside('normal'));
        expect(told === 'alarm').toBe(inside('alarm'));
      }),
    );
  });
});

describe('what cannot be meant is refused, with what to write instead', () => {
  it.each([
    ['bands that overlap', { ...fire, bands: { ...bands, alarm: [900, 2600] } }, /overlap/],
    ['a band upside down', { ...fire, bands: { ...bands, alarm: [1500, 900] } }, /smaller/],
    ['no bands', { at: 2, supervision: 'analog' }, /missing/],
    ['bands of a plain contact', { at: 2, bands }, /supervision: analog only/],
    ['wiring', { ...fire, wiring: 'energisedClear' }, /no wiring/],
    ['an input that the board does not have', { ...fire, at: 9 }, /has 8 inputs/],
  ])('%s', (_, written, words) => {
    const parsed = configSchema.safeParse(board({ fire: written }));
    expect(parsed.success).toBe(false);
    const [issue] = parsed.error?.issues ?? [];
    expect(issue?.message).toMatch(words);
    expect(issue?.code === 'custom' ? issue.params : {}).toMatchObject({
      zh: expect.stringMatching(/\p{Script=Han}/u),
    });
  });

  it('an analog contact on a board without analog inputs, and one that is no fire contact', () => {
    const plain = configSchema.safeParse({ ...examples()[0], inputs: { fire } });
    expect(plain.error?.issues[0]?.message).toMatch(/no analog inputs/);
    const button = configSchema.safeParse(board({ button: { at: 2, supervision: 'analog' } }));
    expect(button.error?.issues[0]?.message).toMatch(/no analog supervision/);
  });
});
