/** Faults that no reading ends, and the person who ends them (gate.md "Closing"; I2). */
import { describe, expect, it } from 'vitest';
import type { World } from './lane-harness.ts';
import { arrives, fullInputs, gate, input, loopInputs, resident } from './lane-fixtures.ts';

function acknowledge(
  world: World,
  fault: string,
  by: { via: string; name: string | null } = { via: 'cli', name: '李' },
) {
  world.request({ kind: 'acknowledgeFault', lane: 'east', fault, by, reason: '已清理落杆区' });
}

const closes = (world: World) => world.actions().filter((action) => action === 'pulseClose').length;

/** Three reopenings: the boom stays open. */
function hunting(inputs = fullInputs): World {
  const world = gate({ inputs });
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  world.set('arming', false);
  for (let turn = 0; turn < 3; turn++) {
    world.set('obstruction', true);
    world.run(1200);
    world.set('obstruction', false);
    if (!world.faults.includes('obstructionHunting') && inputs === fullInputs)
      world.until(() => world.lane().close?.stage === 'moving', 30_000);
  }
  world.set('obstruction', true);
  world.run(300);
  world.set('obstruction', false);
  world.until(() => world.faults.includes('obstructionHunting'), 5000);
  world.run(200_000);
  return world;
}

describe('a boom that has reopened too often', () => {
  it('stays open until a named person has looked, and closes then on a new decision, announced (I2)', () => {
    const world = hunting();
    const before = closes(world);
    expect(world.lane().barrier?.position).toBe('open');
    acknowledge(world, 'obstructionHunting');
    const asked = world.now;
    expect(world.faults).not.toContain('obstructionHunting');
    expect(closes(world)).toBe(before);
    world.until(() => closes(world) > before, 20_000);
    const announced = world.ofKind('announced').at(-1);
    expect(announced?.at.mono).toBeGreaterThanOrEqual(asked);
    const sent = world.sent.findLast(({ command }) => command.action === 'pulseClose');
    expect((sent?.at ?? 0) - (announced?.at.mono ?? 0)).toBeGreaterThanOrEqual(3000);
    const record = world.ofKind('faultAcknowledged').at(-1);
    expect(record?.body).toMatchObject({ code: 'obstructionHunting', refused: null });
    expect(record?.personal).toEqual({ by: '李', reason: '已清理落杆区' });
    world.until(() => world.lane().barrier?.position === 'closed');
  });

  it('that is occupied again counts its reopenings anew', () => {
    const world = hunting();
    acknowledge(world, 'obstructionHunting');
    world.until(() => world.lane().close?.stage === 'moving', 20_000);
    world.set('obstruction', true);
    world.run(500);
    expect(world.lane().barrier?.position).not.toBe('closed');
    expect(world.faults).not.toContain('obstructionHunting');
    expect(world.lane().reopenings).toHaveLength(1);
  });

  it.each([
    ['nobody’s name', { via: 'cli', name: null }, 'needsNamedPerson'],
    ['a server far away', { via: 'upstream', name: '李' }, 'needsPersonOnTheSpot'],
  ])('stays so for %s', (_, by, refused) => {
    const world = hunting();
    const before = closes(world);
    acknowledge(world, 'obstructionHunting', by);
    world.run(120_000);
    expect(world.faults).toContain('obstructionHunting');
    expect(closes(world)).toBe(before);
    expect(world.ofKind('faultAcknowledged').at(-1)?.body.refused).toBe(refused);
  });
});

describe('a sensor that slept through passages', () => {
  const withDeparture = [...fullInputs, input('departure')];
  const passes = (world: World): void => {
    world.guard('guardOpen');
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('departure', true);
    world.run(1000);
    world.set('departure', false);
    world.run(3000);
  };

  it('is believed again on a person’s word, and loses it with the third further passage', () => {
    const world = gate({ inputs: withDeparture }, { rows: [resident] });
    for (let passage = 0; passage < 3; passage++) passes(world);
    expect(world.faults).toContain('obstructionSilent');
    world.run(30_000);
    const before = closes(world);
    acknowledge(world, 'obstructionSilent');
    expect(world.faults).not.toContain('obstructionSilent');
    world.until(() => closes(world) > before, 30_000);
    world.until(() => world.lane().barrier?.position === 'closed');
    passes(world);
    passes(world);
    expect(world.faults).not.toContain('obstructionSilent');
    passes(world);
    expect(world.faults).toContain('obstructionSilent');
  });
});

describe('any other fault', () => {
  it('is not talked away', () => {
    const world = gate({ inputs: loopInputs });
    world.silence();
    world.run(2000);
    expect(world.faults).toContain('positionUnknown');
    acknowledge(world, 'positionUnknown');
    expect(world.faults).toContain('positionUnknown');
    expect(world.ofKind('faultAcknowledged').at(-1)?.body.refused).toBe('endsByItself');
    acknowledge(world, 'obstructionHunting');
    expect(world.ofKind('faultAcknowledged').at(-1)?.body.refused).toBe('noSuchFault');
  });
});
