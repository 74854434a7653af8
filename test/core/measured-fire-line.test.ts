/** A fire contact whose line is measured (gate.md "Emergency and fire", supervision analog): alarm, rest, cut, short, silence. */
import { describe, expect, it } from 'vitest';
import type { ContactLine } from '../../src/core/presentation.ts';
import { roleLevel } from '../../src/core/lane/inputs.ts';
import { gate, input, without } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const wired = (onBroken: 'open' | 'alarm' = 'open') => ({
  inputs: [...without('fire'), input('fire', { supervision: 'analog', onBroken, device: 'meter' })],
});

/** The meter shows this for so long, ten times a second. */
function measures(world: World, what: 'normal' | 'alarm' | ContactLine, ms: number): void {
  for (let passed = 0; passed < ms; passed += 100) {
    const line = what === 'normal' || what === 'alarm' ? {} : { lines: { fire: what } };
    const values = { fire: what === 'alarm' };
    world.observe({ kind: 'inputsRead', device: 'meter', at: world.now, values, ...line });
    world.run(100);
  }
}

function standing(onBroken?: 'open' | 'alarm'): World {
  const world = gate(wired(onBroken));
  world.mute('fire', 'meter');
  measures(world, 'normal', 1000);
  expect(world.faults).toEqual([]);
  return world;
}
const causes = (world: World) => world.site.emergencies.map(({ key }) => key);

describe('a measured fire line', () => {
  it('in alarm opens and holds at its first reading', () => {
    const world = standing();
    measures(world, 'alarm', 100);
    expect(causes(world)).toEqual(['fire:meter.fire']);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it.each(['open', 'short', 'outside'] as const)(
    'that is %s for over a second opens, and the fault says how',
    (line) => {
      const world = standing();
      measures(world, line, 1000);
      expect(world.sent).toEqual([]);
      measures(world, line, 500);
      expect(causes(world)).toEqual(['fire:meter.fire']);
      const fault = world.site.faults['fireContactBroken@east'];
      expect(fault?.detail).toEqual({ input: 'fire', acts: 'open', contactLine: line });
      expect(world.ofKind('claim')[0]?.body).toMatchObject({ standing: 'broken', contactLine: line });
    },
  );

  it('told to raise a fault only opens nothing for a cut line, and an alarm all the same once it is seen', () => {
    const world = standing('alarm');
    measures(world, 'open', 2000);
    expect(world.faults).toContain('fireContactBroken');
    expect(world.sent).toEqual([]);
    measures(world, 'alarm', 200);
    expect(causes(world)).toEqual(['fire:meter.fire']);
    expect(world.faults).not.toContain('fireContactBroken');
  });

  it('that breaks in an alarm ends none: it is released by a person, and not before it is measured at rest', () => {
    const world = standing('alarm');
    measures(world, 'alarm', 500);
    measures(world, 'short', 3000);
    world.release('fire:meter.fire');
    expect(causes(world)).toEqual(['fire:meter.fire']);
    measures(world, 'normal', 500);
    expect(causes(world)).toEqual(['fire:meter.fire']);
    world.release('fire:meter.fire');
    expect(causes(world)).toEqual([]);
  });

  it('between two of its bands while the contact travels is no fault', () => {
    const world = standing();
    for (let round = 0; round < 5; round += 1) {
      measures(world, 'outside', 400);
      measures(world, 'normal', 400);
    }
    expect(world.faults).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  it('that is not read is unknown: it pages, and opens nothing', () => {
    const world = standing();
    world.silence('meter');
    world.run(5000);
    expect(world.faults).toContain('fireInputUnknown');
    expect(world.sent).toEqual([]);
  });

  it('shows neither level while it is broken, so that nobody reads it as quiet', () => {
    const world = standing('alarm');
    measures(world, 'open', 2000);
    const model = world.site.model.lanes[0];
    const level = () => model && roleLevel(world.lane(), model, 'fire', world.now);
    expect(level()).toBe('unknown');
    measures(world, 'normal', 300);
    expect(level()).toBe('inactive');
    expect(world.faults).toEqual([]);
  });
});
