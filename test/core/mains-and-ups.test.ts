/** Mains lost and UPS nearly empty (gate.md "Emergency and fire"): people are told, and no boom moves. */
import { describe, expect, it } from 'vitest';
import { arrives, fullInputs, gate, input } from './lane-fixtures.ts';

const manualLift = { zh: '拉下离合手柄', en: 'Pull the clutch lever' };
const wired = (card = true) => ({
  barrier: card ? { manualLift } : {},
  inputs: [...fullInputs, input('mainsLost', { device: 'ups' }), input('upsLow', { device: 'ups' })],
});

describe.each(['mainsLost', 'upsLow'] as const)('%s', (role) => {
  it('is a fault with its record at the first reading, and cleared when it was read at rest twice', () => {
    const world = gate(wired());
    expect(world.faults).toEqual([]);
    world.set(role, true, 'ups');
    world.run(100);
    expect(world.faults).toEqual([role]);
    expect(world.ofKind('faultRaised').map(({ body, lane }) => [body.code, lane])).toEqual([[role, 'east']]);
    world.set(role, false, 'ups');
    world.run(100);
    expect(world.faults).toEqual([role]);
    world.run(100);
    expect(world.faults).toEqual([]);
    expect(world.ofKind('faultCleared')[0]?.body).toMatchObject({ code: role });
  });

  it('moves nothing when it comes, stays or goes, whether the boom is down or up', () => {
    for (const isUp of [false, true]) {
      const world = gate(wired());
      if (isUp) world.claim('hold');
      world.run(6000);
      const before = world.sent.length;
      world.set(role, true, 'ups');
      world.run(60_000);
      world.set(role, false, 'ups');
      world.run(5000);
      expect(world.sent).toHaveLength(before);
    }
  });

  it('keeps nobody out, and the button opens as ever', () => {
    const world = gate(wired());
    world.set(role, true, 'ups');
    world.run(1000);
    arrives(world, '京A12345');
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.set('button', true);
    world.run(200);
    expect(world.actions().length).toBeGreaterThan(1);
  });

  it('stands while its contact is not read any more: nobody knows that it is over', () => {
    const world = gate(wired());
    world.set(role, true, 'ups');
    world.run(500);
    world.silence('ups');
    world.set(role, false, 'ups');
    world.run(10_000);
    expect(world.faults).toContain(role);
  });
});

it('a lost mains brings the card of how this barrier is lifted by hand, where there is one', () => {
  for (const card of [true, false]) {
    const world = gate(wired(card));
    world.set('mainsLost', true, 'ups');
    world.run(200);
    const { detail } = Object.values(world.site.faults)[0] ?? {};
    expect(detail).toEqual(card ? { input: 'mainsLost', manualLift } : { input: 'mainsLost' });
  }
});
