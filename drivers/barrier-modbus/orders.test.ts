import { describe, expect, it } from 'vitest';
import type { DriverOutcome } from '../../src/contract/driver.ts';
import type { InputsRead } from '../../src/core/presentation.ts';
import { examples, makeRig, profile, type Rig } from '../../test/field/barrier-rig.ts';
import driver from './index.ts';
import type { Dialect } from './twin.ts';

async function running(more: Record<string, unknown> = {}, dialect: Dialect = 'waveshare'): Promise<Rig> {
  const rig = await makeRig({ ...examples()[0], ...more }, dialect);
  await rig.start();
  await rig.clock.pass(1000);
  return rig;
}

async function given(rig: Rig, ms: number, outcome: Promise<DriverOutcome>): Promise<DriverOutcome> {
  await rig.clock.pass(ms);
  return outcome;
}

const generic = { profile: profile('generic-coils') };
const writes = (rig: Rig): string[] => rig.sent.filter(({ hex }) => /^01(05|06|10)/.test(hex)).map(({ hex }) => hex);
const reads = (rig: Rig): InputsRead[] => rig.seen.filter((each): each is InputsRead => each.kind === 'inputsRead');

describe('at start', () => {
  it('nothing is written, and outputs found on are reported with the first reading', async () => {
    const rig = await makeRig();
    rig.board.relays[0] = true;
    await rig.start();
    await rig.clock.pass(20_000);
    expect(writes(rig)).toEqual([]);
    expect(reads(rig)[0]?.outputs).toMatchObject({ open: true, close: false });
    expect(rig.board.relays[0]).toBe(true);
  });

  it('a CLOSE contact that a crash left on is told, and let be until it is ordered off', async () => {
    const rig = await makeRig();
    rig.board.relays[1] = true;
    await rig.start();
    await rig.clock.pass(5000);
    expect(rig.seen).toContainEqual(expect.objectContaining({ fault: 'outputStuckOn', raised: true }));
    expect(reads(rig)[0]?.outputs).toMatchObject({ close: true });
    expect(writes(rig)).toEqual([]);
    expect(await given(rig, 100, rig.order('closeOff'))).toMatchObject({ result: 'confirmed' });
    expect(writes(rig)).toEqual(['010500010000']);
    expect(rig.board.relays[1]).toBe(false);
    await rig.clock.pass(5000);
    expect(rig.seen).toContainEqual(expect.objectContaining({ fault: 'outputStuckOn', raised: false }));
  });

  it('a STOP contact found on is let go by order, on the terms of a close where it is one', async () => {
    const rig = await makeRig();
    rig.board.relays[2] = true;
    await rig.start();
    await rig.clock.pass(1000);
    expect(reads(rig)[0]?.outputs).toMatchObject({ stop: true });
    rig.board.setInput(3, false);
    const terms = { onlyIfClear: ['obstruction'] };
    expect((await given(rig, 500, rig.order('stopOff', terms))).result).toBe('notClear');
    expect(writes(rig)).toEqual([]);
    rig.board.setInput(3, true);
    expect((await given(rig, 500, rig.order('stopOff', terms))).result).toBe('confirmed');
    expect(writes(rig)).toEqual(['010500020000']);
  });

  it('outputs are read, then inputs, and the control modes only then', async () => {
    const rig = await makeRig();
    await rig.start();
    await rig.clock.pass(300);
    const functions = rig.sent.map(({ hex }) => hex.slice(2, 4));
    expect(functions.slice(0, 2)).toEqual(['01', '02']);
    expect(functions).toContain('03');
  });

  it('a door says whether it is released, whichever way its relay works', async () => {
    for (const [lock, on] of [
      ['energisedReleases', true],
      ['energisedLocks', false],
    ] as const) {
      const rig = await makeRig({ ...examples()[1], unit: 1, lock }, 'generic');
      rig.board.relays[0] = on;
      await rig.start();
      await rig.clock.pass(500);
      expect(reads(rig)[0]?.outputs).toEqual({ unlock: true });
    }
  });
});

describe('an opening', () => {
  it('is one frame, confirmed by its echo, and the boom goes up', async () => {
    const rig = await running();
    const outcome = await given(rig, 4000, rig.order('pulseOpen'));
    expect(outcome).toMatchObject({ result: 'confirmed' });
    expect(writes(rig)).toEqual(['010502000005']);
    expect(rig.boom.position).toBe(1);
    expect(rig.board.relays[0]).toBe(false);
  });

  it('whose reply is lost is told as unanswered and not sent again by itself', async () => {
    const rig = await running();
    const answer = rig.board.answer.bind(rig.board);
    rig.board.answer = (unit, pdu) => (pdu[0] === 5 ? null : answer(unit, pdu));
    const outcome = await given(rig, 4000, rig.order('pulseOpen'));
    expect(outcome.result).toBe('unanswered');
    expect(outcome.sentAt).not.toBeNull();
    expect(writes(rig)).toHaveLength(1);
  });

  it('past its deadline is not sent', async () => {
    const rig = await running();
    rig.unplug(true);
    const outcome = await given(rig, 4000, rig.order('pulseOpen'));
    rig.unplug(false);
    await rig.clock.pass(10_000);
    expect(outcome.result).toBe('unreachable');
    expect(writes(rig)).toEqual([]);
  });

  it('that is not wired is refused', async () => {
    const rig = await running({ hold: 'none' });
    expect(await given(rig, 100, rig.order('holdOn'))).toMatchObject({ result: 'refused', sentAt: null });
  });
});

describe('a pulse on a board without a timer', () => {
  it('ends by an OFF after its time', async () => {
    const rig = await running(generic, 'generic');
    await given(rig, 400, rig.order('pulseOpen'));
    expect(rig.board.relays[0]).toBe(true);
    await rig.clock.pass(300);
    expect(rig.board.relays[0]).toBe(false);
    expect(writes(rig)).toEqual(['01050000ff00', '010500000000']);
  });

  it('repeats the OFF until it is confirmed, with a fault meanwhile', async () => {
    const rig = await running(generic, 'generic');
    rig.swallow.add('010500000000');
    await given(rig, 3000, rig.order('pulseOpen'));
    expect(rig.seen).toContainEqual(expect.objectContaining({ fault: 'outputStuckOn', raised: true }));
    rig.swallow.clear();
    await rig.clock.pass(5000);
    expect(rig.board.relays[0]).toBe(false);
    expect(rig.seen.findLast((each) => each.kind === 'deviceFault')).toMatchObject({ raised: false });
  });

  it('is ended also where the ON was never answered', async () => {
    const rig = await running({ ...generic, inputs: { obstruction: 3 } }, 'generic');
    rig.swallow.add('01050000ff00');
    const outcome = await given(rig, 3000, rig.order('pulseOpen'));
    expect(outcome.result).toBe('unanswered');
    expect(rig.board.relays[0]).toBe(false);
  });

  it('given again as it ends is not cut by the OFF of the one before', async () => {
    const rig = await running({ ...generic, announce: 'wired' }, 'generic');
    const first = rig.clock.mono();
    await given(rig, 100, rig.order('pulseOpen'));
    const [on] = rig.sent.filter(({ hex, at }) => at >= first && hex === '01050000ff00');
    await rig.clock.pass((on?.at ?? 0) + 490 - rig.clock.mono());
    // A write in flight keeps both waiting, the OFF and the new ON.
    rig.answersAfter(30);
    const lamp = rig.order('announceOn');
    await rig.clock.pass(15);
    const pressed = rig.order('pulseOpen', { priority: 'guard' });
    expect((await given(rig, 100, lamp)).result).toBe('confirmed');
    rig.answersAfter(12);
    expect((await given(rig, 2000, pressed)).result).toBe('confirmed');
    const open = rig.sent.filter(({ hex, at }) => at >= first && hex.startsWith('01050000'));
    expect(open.map(({ hex }) => hex)).toEqual(['01050000ff00', '01050000ff00', '010500000000']);
    expect((open[2]?.at ?? 0) - (open[1]?.at ?? 0)).toBeGreaterThanOrEqual(500);
  });

  it('is ended all the same where the next one was not sent', async () => {
    const rig = await running(generic, 'generic');
    await given(rig, 100, rig.order('pulseOpen'));
    await rig.clock.pass(300);
    const late = rig.order('pulseOpen', { deadline: rig.clock.mono() - 1 });
    expect((await given(rig, 500, late)).result).toBe('expired');
    await rig.clock.pass(1000);
    expect(writes(rig)).toEqual(['01050000ff00', '010500000000']);
    expect(rig.board.relays[0]).toBe(false);
  });

  it('is ended before the driver stops', async () => {
    const rig = await running(generic, 'generic');
    await given(rig, 100, rig.order('pulseOpen'));
    const stopping = rig.stop();
    await rig.clock.pass(3000);
    await stopping;
    expect(rig.board.relays[0]).toBe(false);
  });

  it('an OPEN contact is not let go long after: its release would be a close', async () => {
    const rig = await running(generic, 'generic');
    await given(rig, 100, rig.order('pulseOpen'));
    rig.unplug(true);
    await rig.clock.pass(60_000);
    rig.unplug(false);
    await rig.clock.pass(30_000);
    expect(rig.board.relays[0]).toBe(true);
    expect(reads(rig).findLast(({ outputs }) => outputs !== undefined)?.outputs).toMatchObject({ open: true });
  });
});

describe('a held boom', () => {
  it('stays on until it is released', async () => {
    const rig = await running();
    expect((await given(rig, 100, rig.order('holdOn'))).result).toBe('confirmed');
    await rig.clock.pass(60_000);
    expect(rig.board.relays[3]).toBe(true);
    expect((await given(rig, 500, rig.order('holdOff', { onlyIfClear: ['obstruction'] }))).result).toBe('confirmed');
    expect(rig.board.relays[3]).toBe(false);
  });
});

describe('a close', () => {
  const clear = { onlyIfClear: ['obstruction'] };

  it('is read for in a burst and goes out behind it', async () => {
    const rig = await running();
    await given(rig, 4000, rig.order('pulseOpen'));
    const before = rig.sent.length;
    const outcome = await given(rig, 300, rig.order('pulseClose', clear));
    expect(outcome.result).toBe('confirmed');
    const after = rig.sent.slice(before).map(({ hex }) => hex);
    const close = after.indexOf('010502010005');
    expect(after.slice(0, close).filter((hex) => hex.startsWith('0102')).length).toBeGreaterThanOrEqual(2);
    await rig.clock.pass(4000);
    expect(rig.boom.position).toBe(0);
  });

  it('is not sent over something that stands there', async () => {
    const rig = await running();
    await given(rig, 4000, rig.order('pulseOpen'));
    rig.board.setInput(3, false);
    const outcome = await given(rig, 500, rig.order('pulseClose', clear));
    expect(outcome.result).toBe('notClear');
    expect(writes(rig)).toHaveLength(1);
  });

  it('is not sent when something comes between the burst and the frame', async () => {
    const rig = await running();
    let nth = 0;
    const answer = rig.board.answer.bind(rig.board);
    rig.board.answer = (unit, pdu) => {
      if (pdu[0] === 2 && closing) {
        nth += 1;
        if (nth > 1) rig.board.setInput(3, false);
      }
      return answer(unit, pdu);
    };
    const closing = true;
    const outcome = await given(rig, 500, rig.order('pulseClose', clear));
    expect(outcome.result).toBe('notClear');
    expect(writes(rig)).toEqual([]);
  });

  it('is not sent when the input cannot be read, or does not exist', async () => {
    const rig = await running();
    expect((await given(rig, 500, rig.order('pulseClose', { onlyIfClear: ['obstruction2'] }))).result).toBe('notClear');
    rig.silence(true);
    const outcome = await given(rig, 4000, rig.order('pulseClose', clear));
    expect(outcome.result).toBe('notClear');
    expect(writes(rig)).toEqual([]);
  });

  it.each([
    ['goes out on a reading that is 220 ms old', 220, 'confirmed', 1],
    ['is held back while its newest reading is 280 ms old as it would go out', 280, 'notClear', 0],
  ])('%s (I2)', async (_, answerMs, result, frames) => {
    const rig = await running();
    rig.answersAfter(answerMs);
    await rig.clock.pass(2000);
    const outcome = await given(rig, 8000, rig.order('pulseClose', { ...clear, deadline: rig.clock.mono() + 6000 }));
    expect(outcome.result).toBe(result);
    expect(writes(rig)).toHaveLength(frames);
  });

  it('overtaken by an opening is withdrawn', async () => {
    const rig = await running();
    const close = rig.order('pulseClose', { ...clear, id: 'boot.9' });
    rig.field.withdraw('gate', 'boot.9');
    expect((await given(rig, 500, close)).result).toBe('expired');
    expect(writes(rig)).toEqual([]);
  });

  it('is watched at 5 Hz and more', async () => {
    const rig = await running({ poll: '2s' });
    rig.field.watch('gate', 'closing');
    await rig.clock.pass(1000);
    const before = reads(rig).length;
    await rig.clock.pass(4000);
    expect(reads(rig).length - before).toBeGreaterThanOrEqual(20);
    rig.field.watch('gate', 'normal');
    await rig.clock.pass(2000);
    const after = reads(rig).length;
    await rig.clock.pass(4000);
    expect(reads(rig).length - after).toBeLessThanOrEqual(3);
  });
});

describe('an announcing lamp', () => {
  const lamp = { announce: 'wired', relays: { open: 1, close: 2, stop: 3, hold: 4, announce: 5 } };

  it('stays as it is ordered, is read back, and moves no boom', async () => {
    const rig = await running(lamp);
    expect((await given(rig, 100, rig.order('announceOn'))).result).toBe('confirmed');
    await rig.clock.pass(60_000);
    expect(rig.board.relays[4]).toBe(true);
    expect(reads(rig).findLast(({ outputs }) => outputs !== undefined)?.outputs).toMatchObject({ announce: true });
    expect((await given(rig, 100, rig.order('announceOff'))).result).toBe('confirmed');
    expect(writes(rig)).toEqual(['01050004ff00', '010500040000']);
    expect(rig.boom.position).toBe(0);
    expect(rig.seen.filter((each) => each.kind === 'deviceFault')).toEqual([]);
  });

  it('that a crash left on is reported with the first reading, and nothing is written', async () => {
    const rig = await makeRig({ ...examples()[0], ...lamp });
    rig.board.relays[4] = true;
    await rig.start();
    await rig.clock.pass(5000);
    expect(reads(rig)[0]?.outputs).toMatchObject({ announce: true });
    expect(writes(rig)).toEqual([]);
  });

  it('takes relay 5 unless told otherwise, which nothing else may have', () => {
    const parse = (more: object) => driver.config.safeParse({ ...examples()[0], ...more });
    expect(parse({ announce: 'wired', relays: undefined }).data).toMatchObject({ announce: 'wired' });
    const traits = driver.traits(driver.config.parse({ ...examples()[0], ...lamp }));
    expect(traits.outputs).toContain('1/coil/4');
    expect(traits.portal).toMatchObject({ announce: 'wired' });
    expect(parse({ announce: 'wired', relays: { open: 1, close: 2, announce: 2 } }).success).toBe(false);
    expect(parse({ announce: undefined }).data).toMatchObject({ announce: 'none' });
  });

  it('that is not wired is refused', async () => {
    const rig = await running({ announce: 'none', relays: undefined });
    expect(await given(rig, 100, rig.order('announceOn'))).toMatchObject({ result: 'refused', sentAt: null });
  });
});

describe('an owed OFF', () => {
  it('of a CLOSE pulse is not forgotten because an order to let it go was lost', async () => {
    const rig = await running(generic, 'generic');
    await given(rig, 400, rig.order('pulseClose'));
    rig.swallow.add('010500010000');
    const answer = rig.board.answer.bind(rig.board);
    rig.board.answer = (unit, pdu) => (pdu[0] === 5 && pdu[3] === 0 ? null : answer(unit, pdu));
    await given(rig, 3000, rig.order('closeOff'));
    expect(rig.board.relays[1]).toBe(true);
    rig.swallow.clear();
    rig.board.answer = answer;
    await rig.clock.pass(5000);
    expect(rig.board.relays[1]).toBe(false);
  });
});

describe('a door', () => {
  it('is released and bolted by its relay', async () => {
    const rig = await makeRig({ ...examples()[1], unit: 1 }, 'generic');
    await rig.start();
    await rig.clock.pass(500);
    expect((await given(rig, 100, rig.order('unlock'))).result).toBe('confirmed');
    expect(rig.board.relays[0]).toBe(true);
    expect((await given(rig, 100, rig.order('lock'))).result).toBe('confirmed');
    expect(rig.board.relays[0]).toBe(false);
  });
});

describe('a board that does not know the flash', () => {
  it('refuses it, and nothing is taken for confirmed', async () => {
    const rig = await running({}, 'generic');
    const outcome = await given(rig, 3000, rig.order('pulseOpen'));
    expect(outcome.result).toBe('refused');
    expect(rig.boom.position).toBe(0);
  });
});
