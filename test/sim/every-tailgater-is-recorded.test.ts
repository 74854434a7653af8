/** The simulated cars before the real core, on virtual time: who follows on another's opening is recorded as such. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { Direction } from '../../src/core/values.ts';
import { LaneTraffic } from '../../src/sim/drivers-at-gate.ts';
import type { LaneRig } from '../../src/sim/lane-rig.ts';
import { seededRandom } from '../../src/sim/random.ts';
import type { Arrival } from '../../src/sim/traffic.ts';
import { barrier, gate, input, type LaneChange, limits } from '../core/lane-fixtures.ts';
import type { World } from '../core/lane-harness.ts';

const stepMs = 20;

function rigOf(world: World, directions: readonly Direction[], board: boolean): LaneRig {
  const arming = (direction: Direction) => (directions.length < 2 ? 'arming' : `arming-${direction}`);
  return {
    id: 'east',
    directions,
    boom: () => world.boom().height,
    sense: (sensor, direction, active) => world.set(sensor === 'arming' ? arming(direction) : sensor, active),
    see: (direction, { plate }) => world.plate(plate, { heading: 'approaching', device: `camera-${direction}` }),
    showCard: () => undefined,
    pressButton: (pressed) => world.set('button', pressed),
    jam: () => undefined,
    cleared: () => {
      if (board) world.boom().obey('pulseClose', world.now);
    },
  };
}

const lanes: readonly [string, readonly Direction[], LaneChange][] = [
  ['one-way, closed by the gateway', ['in'], {}],
  ['one-way, closed by its board', ['in'], { portal: { ...barrier, autoClose: 'board' } }],
  ['two-way', ['in', 'out'], {}],
];

const cases = lanes.flatMap(([name, directions, change]) =>
  directions.flatMap((direction) => [1, 2, 3].map((seed) => ({ name, directions, change, direction, seed }))),
);

describe('a tailgater', () => {
  it.each(cases)(
    'in a lane that is $name, $direction, is always recorded (seed $seed)',
    async ({ directions, change, direction, seed }) => {
      const inputs = [
        ...limits,
        input('obstruction', { detects: 'both' }),
        input('button'),
        ...(directions.length < 2
          ? [input('arming')]
          : directions.map((one) => input('arming', { id: `arming-${one}`, direction: one }))),
      ];
      const world = gate({
        ...change,
        directions,
        inputs,
        cameras: directions.map((one) => ({ device: `camera-${one}`, direction: one })),
      });
      const clock = new ManualClock();
      const left: string[] = [];
      const traffic = new LaneTraffic(
        rigOf(world, directions, change.portal !== undefined),
        clock,
        seededRandom(seed),
        {
          left: (_arrival, how) => left.push(how),
          hit: () => left.push('HIT'),
        },
      );
      const arrival: Arrival = {
        ...{ at: 0, lane: 'east', direction, kind: 'tailgater', plate: '京A12345', color: 'blue', read: '京A12345' },
        ...{ confidence: 0.95, followed: true, cards: [] },
      };
      traffic.drive(arrival);
      for (let ms = 0; ms < 30_000; ms += stepMs) {
        await clock.pass(stepMs);
        world.run(stepMs);
      }
      expect(left, JSON.stringify(world.ofKind('decision').map((one) => one.body))).toEqual(['passed']);
      expect(world.ofKind('passage').map((one) => one.body.outcome)).toEqual(['taken', 'tailgated']);
    },
  );
});
