import { describe, expect, it } from 'vitest';
import { examples, makeRig, profile, type Rig } from '../../test/field/barrier-rig.ts';

const OBSTRUCTION = 3;
const OFF = '010500000000';

/** A lane on a board without a timer, whose OPEN contact has been closed by a pulse. */
async function pulsed({ losesOff = false, inputs = { obstruction: OBSTRUCTION } as Record<string, number> } = {}) {
  const rig = await makeRig({ ...examples()[0], profile: profile('generic-coils'), inputs }, 'generic');
  await rig.start();
  await rig.clock.pass(1000);
  const answer = rig.board.answer.bind(rig.board);
  if (losesOff) rig.board.answer = (unit, pdu) => (pdu[0] === 5 && pdu[3] === 0 ? null : answer(unit, pdu));
  void rig.order('pulseOpen');
  await rig.clock.pass(100);
  const heals = () => {
    rig.board.answer = answer;
  };
  return { rig, heals, answer };
}

const isOpenOn = (rig: Rig) => rig.board.relays[0];
const offs = (rig: Rig) => rig.sent.filter(({ hex }) => hex.startsWith(OFF)).length;

describe('the end of an OPEN pulse that was lost (I2: many boards hold the boom by that contact, and let it fall)', () => {
  it('does not go out while something stands under the boom, and does once it is clear', async () => {
    const { rig, heals } = await pulsed({ losesOff: true });
    await rig.clock.pass(1500);
    rig.board.setInput(OBSTRUCTION, false);
    await rig.clock.pass(500);
    heals();
    const before = offs(rig);
    await rig.clock.pass(4000);
    expect(isOpenOn(rig)).toBe(true);
    expect(offs(rig)).toBe(before);
    expect(rig.seen).toContainEqual(expect.objectContaining({ fault: 'outputStuckOn', raised: true }));
    rig.board.setInput(OBSTRUCTION, true);
    await rig.clock.pass(2500);
    expect(isOpenOn(rig)).toBe(false);
    expect(rig.seen.findLast((each) => each.kind === 'deviceFault')).toMatchObject({ raised: false });
  });

  it('does not go out while the sensor cannot be read', async () => {
    const { rig, heals, answer } = await pulsed({ losesOff: true });
    await rig.clock.pass(1500);
    heals();
    rig.board.answer = (unit, pdu) => (pdu[0] === 2 ? null : answer(unit, pdu));
    const before = offs(rig);
    await rig.clock.pass(5000);
    expect(isOpenOn(rig)).toBe(true);
    expect(offs(rig)).toBe(before);
  });

  it('is held back by the line itself where its newest reading is too old as the frame would go out', async () => {
    const { rig, heals } = await pulsed({ losesOff: true });
    await rig.clock.pass(1500);
    heals();
    rig.answersAfter(280);
    await rig.clock.pass(6000);
    expect(isOpenOn(rig)).toBe(true);
  });

  it('goes out unlooked where the board has no sensor to look with', async () => {
    const { rig, heals } = await pulsed({ losesOff: true, inputs: { openLimit: 1 } });
    await rig.clock.pass(1500);
    heals();
    await rig.clock.pass(2500);
    expect(isOpenOn(rig)).toBe(false);
  });
});

describe('the end of an OPEN pulse in its time', () => {
  it('goes out whatever stands there: the boom is on its way up and a pulse is no hold', async () => {
    const { rig } = await pulsed();
    rig.board.setInput(OBSTRUCTION, false);
    await rig.clock.pass(700);
    expect(isOpenOn(rig)).toBe(false);
  });
});
