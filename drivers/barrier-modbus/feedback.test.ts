/** A relay of the board that tells a fire panel: what it may be, and what goes out for it. */
import { describe, expect, it } from 'vitest';
import { examples, makeRig, profile } from '../../test/field/barrier-rig.ts';
import { configSchema } from './config.ts';
import driver from './index.ts';

const [barrier] = examples();
const withFeedback = (relay: number, more: object = {}) => ({
  ...barrier,
  inputs: { openLimit: 1, closedLimit: 2, obstruction: 3, fire: { at: 6, feedback: relay } },
  ...more,
});
const refused = (written: unknown) =>
  configSchema.safeParse(written).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('the output that tells a fire panel', () => {
  it('is switched and stays, and is read back with the inputs', async () => {
    const rig = await makeRig(withFeedback(8));
    await rig.start();
    await rig.clock.pass(1000);
    const outcome = rig.order('feedbackOn');
    await rig.clock.pass(3000);
    expect((await outcome).result).toBe('confirmed');
    expect(rig.obeyed?.()).toEqual(['050007ff00']);
    expect(rig.board.relays[7]).toBe(true);
    const told = rig.seen.flatMap((one) =>
      one.kind === 'inputsRead' && one.outputs !== undefined ? [one.outputs] : [],
    );
    expect(told.at(-1)).toMatchObject({ feedback: true, open: false });
    await rig.stop();
    expect(rig.board.relays[7]).toBe(true);
  });

  it('is no relay that a barrier uses, and counts among the coils that others may not write', () => {
    expect(refused(withFeedback(1))).toEqual([['inputs.fire.feedback', 'relay 1 is also open']]);
    expect(driver.traits(configSchema.parse(withFeedback(8))).outputs).toContain('1/coil/7');
    expect(driver.traits(configSchema.parse(withFeedback(8))).inputs.find(({ id }) => id === 'fire')?.feedback).toBe(
      'feedback',
    );
  });

  it('is on a board that has it and shows it', () => {
    expect(refused(withFeedback(9))).toEqual([['inputs.fire.feedback', 'the board has 8 relays']]);
    const blind = { ...(profile('generic-coils') as object), readBack: null };
    expect(refused(withFeedback(8, { profile: blind }))).toEqual([
      ['inputs.fire.feedback', 'the relays of this board cannot be read back'],
    ]);
  });

  it('may be on a board without a portal', () => {
    const parsed = configSchema.parse({
      ...{ unit: 3, profile: profile('generic-coils'), portal: 'none' },
      inputs: { fire: { at: 1, feedback: 2 } },
    });
    expect(driver.traits(parsed)).toMatchObject({ portal: null, outputs: ['3/coil/1'] });
  });
});
