import { describe, expect, it } from 'vitest';
import { fullInputs, gate } from './lane-fixtures.ts';

describe('a device whose inputs are no longer read', () => {
  it('makes the fire contact, the position and the presence unknown, each a fault of its own', () => {
    const world = gate({ inputs: fullInputs });
    world.set('arming', true);
    world.run(1000);
    expect(world.lane().approaches.in.presence).toBe('present');
    expect(world.faults).toEqual([]);
    // As the field tells it: it answers, but its inputs are refused.
    world.silence('board', false);
    world.observe({ kind: 'deviceSilent', device: 'board', why: 'inputs not read for 1000 ms, refused: exception 4' });
    world.run(20_000);
    expect(world.lane().approaches.in.presence).toBe('unknown');
    expect(world.lane().barrier).toMatchObject({ position: 'unknown' });
    for (const fault of ['deviceSilent', 'fireInputUnknown', 'positionUnknown', 'armingSensorSilent'])
      expect(
        world.faults.some((each) => each.startsWith(fault)),
        fault,
      ).toBe(true);
  });
});
