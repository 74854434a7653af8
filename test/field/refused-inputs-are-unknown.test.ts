import { describe, expect, it } from 'vitest';
import { makeRig, type Rig } from './barrier-rig.ts';

const lives = (rig: Rig, from: number) =>
  rig.seen.slice(from).filter(({ kind }) => kind === 'deviceSilent' || kind === 'deviceReturned');

/** The rig's board, its inputs refused (an exception) or swallowed, all else answered. */
async function withoutInputs(how: 'refused' | 'unanswered', settledMs = 2000) {
  const rig = await makeRig();
  const { board } = rig;
  const answer = board.answer.bind(board);
  let isBroken = settledMs === 0;
  board.answer = (unit, pdu) => {
    if (!isBroken || pdu[0] !== 2) return answer(unit, pdu);
    return how === 'refused' ? Uint8Array.of(0x82, 4) : null;
  };
  await rig.start();
  await rig.clock.pass(settledMs);
  isBroken = true;
  const mend = (): void => {
    isBroken = false;
  };
  return { rig, mend, from: rig.seen.length };
}

describe.each(['refused', 'unanswered'] as const)('inputs that are %s while the outputs are answered', (how) => {
  it('are unknown within the limit, once and without flapping', async () => {
    const { rig, from } = await withoutInputs(how);
    await rig.clock.pass(1400);
    expect(lives(rig, from)).toHaveLength(1);
    await rig.clock.pass(60_000);
    expect(lives(rig, from).map(({ kind }) => kind)).toEqual(['deviceSilent']);
    expect(rig.seen.slice(from).filter(({ kind }) => kind === 'inputsRead')).toEqual([]);
    const [silent] = lives(rig, from);
    expect(silent?.kind === 'deviceSilent' && silent.why).toMatch(how === 'refused' ? /inputs.*refused/ : /no answer/);
  });

  it('are known again once they are read, and then only', async () => {
    const { rig, mend, from } = await withoutInputs(how);
    await rig.clock.pass(10_000);
    mend();
    await rig.clock.pass(15_000);
    const after = rig.seen.slice(from).flatMap(({ kind }) => (kind === 'deviceFault' ? [] : [kind]));
    expect(lives(rig, from).map(({ kind }) => kind)).toEqual(['deviceSilent', 'deviceReturned']);
    expect(after[after.indexOf('deviceReturned') + 1]).toBe('inputsRead');
    expect(rig.field.status().devices[0]?.state).toBe('answering');
  });

  it('that never were read are reported too', async () => {
    const { rig } = await withoutInputs(how, 0);
    await rig.clock.pass(3000);
    expect(lives(rig, 0).map(({ kind }) => kind)).toEqual(['deviceSilent']);
  });
});

describe('outputs that are refused while the inputs are read', () => {
  it('are one fault that stands, and lose no device', async () => {
    const rig = await makeRig();
    await rig.start();
    await rig.clock.pass(2000);
    const { board, seen } = rig;
    const answer = board.answer.bind(board);
    board.answer = (unit, pdu) => (pdu[0] === 1 ? Uint8Array.of(0x81, 4) : answer(unit, pdu));
    const from = seen.length;
    await rig.clock.pass(20_000);
    const faults = seen.slice(from).filter(({ kind }) => kind === 'deviceFault');
    expect(faults).toEqual([expect.objectContaining({ fault: 'boardRefuses', raised: true })]);
    expect(lives(rig, from)).toEqual([]);
    board.answer = answer;
    await rig.clock.pass(5000);
    expect(seen.findLast(({ kind }) => kind === 'deviceFault')).toMatchObject({ raised: false });
  });
});

describe('a single input read that is lost', () => {
  it('loses no device', async () => {
    const { rig, mend, from } = await withoutInputs('refused');
    await rig.clock.pass(150);
    mend();
    await rig.clock.pass(5000);
    expect(lives(rig, from)).toEqual([]);
  });
});
