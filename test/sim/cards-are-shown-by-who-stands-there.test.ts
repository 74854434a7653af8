/** Whoever has driven on shows no card any more: it would be taken for the next driver's. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { cardOf } from '../../src/sim/card-traffic.ts';
import { LaneTraffic } from '../../src/sim/drivers-at-gate.ts';
import type { LaneRig } from '../../src/sim/lane-rig.ts';
import { seededRandom } from '../../src/sim/random.ts';
import type { Arrival } from '../../src/sim/traffic.ts';

/** A boom that stands open, as behind the car ahead, and what happens before it, in order. */
async function driveUp(change: Partial<Arrival>): Promise<readonly string[]> {
  const happened: string[] = [];
  const rig: LaneRig = {
    ...{ id: 'east', directions: ['in'], boom: () => 1 },
    sense: (sensor, _direction, active) => happened.push(`${sensor} ${active}`),
    see: () => undefined,
    showCard: ({ value }) => happened.push(`card ${value}`),
    pressButton: () => undefined,
    jam: () => undefined,
    cleared: () => undefined,
  };
  const clock = new ManualClock();
  const left = (_arrival: Arrival, how: string): void => void happened.push(how);
  const traffic = new LaneTraffic(rig, clock, seededRandom(1), { left });
  traffic.drive({
    ...{ at: 0, lane: 'east', direction: 'in', kind: 'cardOnly', plate: '京A12345', color: 'blue', read: '京A12345' },
    ...{ confidence: 0.95, followed: false, cards: [cardOf(1), cardOf(2), cardOf(3), cardOf(4), cardOf(5)] },
    ...change,
  });
  for (let ms = 0; ms < 30_000; ms += 50) await clock.pass(50);
  return happened;
}

const cards = (happened: readonly string[]) => happened.filter((one) => one.startsWith('card'));

describe('before a boom that stands open', () => {
  it('one who comes to try cards shows all of them and is turned away, none after he has left', async () => {
    const happened = await driveUp({ kind: 'cardTrier', plate: '', read: '' });
    expect(cards(happened)).toEqual(['card 1', 'card 2', 'card 3', 'card 4', 'card 5']);
    expect(happened.at(-1)).toBe('turnedAway');
    expect(happened.indexOf('arming false')).toBeGreaterThan(happened.indexOf('card 5'));
  });

  it('everybody else drives on, and shows no card from then on', async () => {
    const happened = await driveUp({});
    expect(happened.at(-1)).toBe('passed');
    expect(cards(happened)).toEqual([]);
  });
});
