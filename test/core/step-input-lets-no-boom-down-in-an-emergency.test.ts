import { describe, expect, it } from 'vitest';
import { gate, type LaneChange, without } from './lane-fixtures.ts';

/** Its next pulse brings a risen boom down, so that one too many shuts the way in a fire. */
const step: LaneChange = { barrier: { openInput: 'step', autoClose: 'board' } };
const closedLimitOnly: LaneChange = {
  barrier: { openInput: 'step', autoClose: 'board', hasOpenLimit: false },
  inputs: without('openLimit'),
};
const order = { key: 'order:lane:east', purpose: 'emergency', via: 'cli', home: 'east', reach: 'lane' } as const;

describe.each([
  ['both limits', step],
  ['a closed limit only', closedLimitOnly],
])('on a step input with %s an emergency', (_, change) => {
  it('gives a boom that it has raised no second pulse when its board falls silent and returns', () => {
    const world = gate(change);
    world.claim('emergency');
    world.run(6000);
    expect(world.boom().isUp).toBe(true);
    world.silence();
    world.run(10_000);
    world.bringBack();
    world.run(40_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.boom().isUp).toBe(true);
  });

  it('that a restart has recalled gives the boom that it finds up no pulse', () => {
    const world = gate(change, { startsOpen: true });
    world.restart();
    world.request({ kind: 'recallLatch', causes: [{ ...order, lanes: ['east'], since: 0 }], doubt: null });
    world.run(40_000);
    expect(world.actions()).toEqual([]);
    expect(world.boom().isUp).toBe(true);
  });

  it('raises the boom within seconds once it is seen to be down', () => {
    const world = gate(change);
    world.silence();
    world.run(3000);
    world.claim('emergency');
    world.run(60_000);
    expect(world.faults).toContain('emergencyLaneNotOpen');
    world.bringBack();
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.boom().isUp).toBe(true);
  });
});
