import { describe, expect, it } from 'vitest';
import { normalisePlate } from '../../src/core/plate/plate.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { type Arrival, dayCurve, type DayPlan, makeCast, planDay } from '../../src/sim/traffic.ts';

const plan: DayPlan = {
  dayMs: 600_000,
  cars: 130,
  fromHour: 7,
  lanes: [
    { id: 'east-in', directions: ['in'] },
    { id: 'north', directions: ['in', 'out'] },
  ],
};

const day = (seed: number, more: Partial<DayPlan> = {}): readonly Arrival[] => {
  const random = seededRandom(seed);
  return planDay(random.fork('day'), makeCast(random.fork('cast'), '京'), { ...plan, ...more });
};

describe('a day of cars', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(day(1)).toEqual(day(1));
    expect(day(1)).not.toEqual(day(2));
  });

  it('begins at once and stays within the day, in order', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const arrivals = day(seed);
      const times = arrivals.map(({ at }) => at);
      expect(times[0]).toBeLessThan(1000);
      expect(times.at(-1)).toBeLessThan(plan.dayMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it('follows the day’s curve: the evening is busier than the small hours', () => {
    const arrivals = day(3, { cars: 5000, fromHour: 0 });
    const inHour = (hour: number) => arrivals.filter(({ at }) => Math.floor((at / plan.dayMs) * 24) === hour).length;
    const total = dayCurve.reduce((sum, share) => sum + share, 0);
    expect(inHour(18) / arrivals.length).toBeCloseTo((dayCurve[18] ?? 0) / total, 2);
    expect(inHour(2)).toBeLessThan(inHour(18) / 20);
  });

  it('has everybody in it that a gate meets', () => {
    const kinds = new Set(day(5, { cars: 2000 }).map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual([
      ...['blocked', 'courier', 'emergency', 'misread', 'noPlate', 'resident'],
      ...['stranger', 'tailgater', 'turnsBack', 'visitor'],
    ]);
  });

  it('shows plates that are plates, and misreads that are not the car’s own', () => {
    const arrivals = day(7, { cars: 2000 });
    for (const { plate } of arrivals) expect(['none', 'foreign'], plate).not.toContain(normalisePlate(plate).kind);
    for (const one of arrivals) if (one.kind === 'misread') expect(one.read).not.toBe(one.plate);
  });
});

describe('chance', () => {
  it('of one actor is not shifted by another’s', () => {
    const first = seededRandom(9).fork('east').next();
    const random = seededRandom(9);
    random.fork('west').next();
    random.next();
    expect(seededRandom(9).fork('east').next()).toBe(first);
    expect(random.fork('east').next()).toBe(first);
  });
});
