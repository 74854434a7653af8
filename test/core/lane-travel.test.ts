import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { travelLimitMs } from '../../src/core/lane/barrier.ts';
import { learnedLimitMs, learnedTravelMs, TRAVEL_KNOWN_AT, TRAVEL_WINDOW } from '../../src/core/lane/travel.ts';
import { arrives, barrier, drivesThrough, gate, type LaneChange } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

function passages(world: Gate, count: number): void {
  for (let nth = 0; nth < count; nth++) {
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(is(world, 'closed'));
    world.run(500);
  }
}

/** A boom that is quicker than its configured 2 s. */
function quickGate(change: LaneChange = {}): Gate {
  const world = gate(change);
  world.boom().travelMs = 1500;
  return world;
}

/** After how long the boom, jammed half way up, is missed. */
function missedAfter(world: Gate): unknown {
  arrives(world, '京A12345');
  world.run(600);
  world.boom().stuck = true;
  world.run(12_000);
  return world.site.faults['boomFailedToOpen@east']?.detail.afterMs;
}

const learned = (world: Gate) => world.ofKind('travelLearned');

describe('the travel of a boom', () => {
  it('is the configured one until it is known', () => {
    const world = quickGate();
    passages(world, TRAVEL_KNOWN_AT - 1);
    expect(missedAfter(world)).toBe(travelLimitMs(barrier));
  });

  it('is supervised by twice its 95th percentile once it is known', () => {
    const world = quickGate();
    passages(world, TRAVEL_KNOWN_AT);
    const p95 = learnedTravelMs(world.lane().travel.open) ?? 0;
    expect(p95).toBeGreaterThanOrEqual(1500);
    expect(p95).toBeLessThan(1750);
    expect(missedAfter(world)).toBe(2 * p95);
  });

  it('is learned apart for opening and closing, also of a board that closes by itself', () => {
    const world = gate({ barrier: { autoClose: 'board' } }, { boardClosesAfterMs: 1000 });
    passages(world, 3);
    expect(world.lane().travel.open.samples).toHaveLength(3);
    expect(world.lane().travel.closed.samples).toHaveLength(3);
  });

  it('is not learned from one limit alone', () => {
    const inputs = gate().site.model.lanes[0]?.inputs.filter(({ role }) => role !== 'closedLimit') ?? [];
    const world = gate({ barrier: { hasClosedLimit: false }, inputs });
    passages(world, 2);
    expect(world.lane().travel.open.samples).toEqual([]);
    expect(world.lane().travel.closed.samples).toEqual([]);
  });

  it('that a hand, a stop or a reversal had part in teaches nothing', () => {
    const world = gate({ barrier: { stop: 'wired' } });
    world.boom().byHand('half', world.now);
    world.run(300);
    world.boom().byHand('up', world.now);
    world.until(is(world, 'closed'));
    const closings = world.lane().travel.closed.samples.length;
    expect(world.lane().travel.open.samples).toEqual([]);

    arrives(world, '京A12345');
    world.run(600);
    world.guard('guardStop');
    world.run(500);
    world.guard('guardOpen');
    world.until(is(world, 'open'));
    expect(world.lane().travel.open.samples).toEqual([]);

    drivesThrough(world);
    world.until(is(world, 'closing'));
    world.set('obstruction', true);
    world.run(200);
    world.set('obstruction', false);
    world.until(is(world, 'open'));
    expect(world.lane().travel.open.samples).toEqual([]);
    expect(world.lane().travel.closed.samples).toHaveLength(closings);
  });

  it('of one that arrives late is learned as well: it is missed, and then it is slow', () => {
    const world = gate();
    world.boom().travelMs = 5000;
    arrives(world, '京A12345');
    world.until(() => world.faults.includes('boomFailedToOpen'));
    world.until(is(world, 'open'));
    expect(world.faults).not.toContain('boomFailedToOpen');
    expect(world.lane().travel.open.samples[0]).toBeGreaterThanOrEqual(5000);
  });

  it('is kept for a bounded number of travels', () => {
    const world = quickGate();
    passages(world, TRAVEL_WINDOW + 3);
    expect(world.lane().travel.open.samples).toHaveLength(TRAVEL_WINDOW);
  });
});

describe('a boom that the cold slows', () => {
  it('is told as slow, is not missed while it arrives, and is forgotten when it is quick again', () => {
    const world = quickGate();
    passages(world, TRAVEL_KNOWN_AT);
    expect(world.faults).toEqual([]);
    world.boom().travelMs = 2600;
    passages(world, 4);
    expect(world.faults).toEqual(['travelSlow']);
    expect(world.ofKind('faultRaised').map(({ body }) => body.code)).toEqual(['travelSlow']);
    world.boom().travelMs = 1500;
    passages(world, TRAVEL_WINDOW);
    expect(world.faults).toEqual([]);
  });

  it('by less than half is not told', () => {
    const world = quickGate();
    passages(world, TRAVEL_KNOWN_AT);
    world.boom().travelMs = 1900;
    passages(world, 8);
    expect(world.faults).toEqual([]);
  });
});

describe('what was learned', () => {
  it('is recorded every ten travels, and is taken up after a restart', () => {
    const before = quickGate();
    passages(before, TRAVEL_KNOWN_AT);
    expect(learned(before).map(({ body }) => body.toward)).toEqual(['open', 'closed', 'open', 'closed']);
    const newest = learned(before).slice(-2);
    const after = quickGate();
    after.request({ kind: 'recallTravel', learned: newest.map(({ body }) => ({ lane: 'east', body })) });
    expect(after.lane().travel.open.samples).toEqual(before.lane().travel.open.samples);
    expect(missedAfter(after)).toBe(2 * (learnedTravelMs(before.lane().travel.open) ?? 0));
  });

  it('of a boom that was slow already is told as slow again', () => {
    const before = quickGate();
    passages(before, TRAVEL_KNOWN_AT);
    before.boom().travelMs = 2600;
    passages(before, 10);
    const after = quickGate();
    after.request({ kind: 'recallTravel', learned: [{ lane: 'east', body: learned(before).at(-2)?.body ?? {} }] });
    expect(after.faults).toEqual(['travelSlow']);
  });

  it('of another boom or another configured travel is not taken for this one', () => {
    const body = {
      device: 'board',
      toward: 'open',
      configuredMs: 2000,
      firstMs: 900,
      samples: new Array(20).fill(900),
    };
    const world = gate();
    const recall = (change: object) =>
      world.request({ kind: 'recallTravel', learned: [{ lane: 'east', body: { ...body, ...change } }] });
    recall({ device: 'other' });
    recall({ configuredMs: 2500 });
    recall({ toward: 'sideways' });
    recall({ samples: 'many', firstMs: null });
    recall({ samples: [null, 'x', -5, 1e9, Number.NaN], firstMs: 'x' });
    expect(world.lane().travel.open.samples).toEqual([]);
    world.request({ kind: 'recallTravel', learned: [{ lane: 'nowhere', body }] });
    recall({});
    expect(world.lane().travel.open.samples).toHaveLength(20);
  });

  it('does not survive another configured travel', () => {
    const world = quickGate();
    passages(world, TRAVEL_KNOWN_AT);
    const [east] = world.site.model.lanes;
    if (east === undefined) throw new Error('no lane');
    world.replace([{ ...east, portal: { ...barrier, travelMs: 2500 } }]);
    expect(missedAfter(world)).toBe(travelLimitMs({ ...barrier, travelMs: 2500 }));
  });
});

describe('a close that is slower than ever learned', () => {
  it('is guarded for no less than the configured travel (I2)', () => {
    const world = quickGate();
    passages(world, TRAVEL_KNOWN_AT);
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    world.boom().travelMs = 3800;
    drivesThrough(world);
    world.until(() => world.actions().at(-1) === 'pulseClose');
    world.run(3500);
    expect(2 * (learnedTravelMs(world.lane().travel.closed) ?? 0)).toBeLessThan(3500);
    world.set('obstruction', true);
    world.run(200);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'reopen' });
  });
});

describe('a reopening that the board does not hear', () => {
  it('is insisted on for no less than the configured travel', () => {
    const world = quickGate();
    passages(world, TRAVEL_KNOWN_AT);
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    world.boom().travelMs = 6000;
    drivesThrough(world);
    world.until(is(world, 'closing'));
    world.boom().deaf = true;
    world.set('obstruction', true);
    world.run(10_000);
    expect(2 * (learnedTravelMs(world.lane().travel.open) ?? 0)).toBeLessThan(travelLimitMs(barrier));
    const given = world.ofKind('faultRaised').find(({ body }) => body.code === 'boomFailedToOpen');
    expect(given?.body.detail).toMatchObject({ afterMs: travelLimitMs(barrier) });
  });
});

describe('a learned limit', () => {
  it('stays within half and twice the configured one, for a close above it, whatever was measured', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.integer({ min: 1, max: 120_000 }), { maxLength: TRAVEL_WINDOW }),
          fc.array(fc.integer({ min: 1, max: 300 }), { minLength: TRAVEL_KNOWN_AT, maxLength: TRAVEL_WINDOW }),
        ),
        fc.integer({ min: 300, max: 30_000 }),
        fc.constantFrom('open', 'closed'),
        (samples, travelMs, toward) => {
          const model = { ...barrier, travelMs };
          const limit = learnedLimitMs(model, { samples }, toward);
          if (samples.length < TRAVEL_KNOWN_AT) expect(limit).toBe(travelLimitMs(model));
          expect(limit).toBeGreaterThanOrEqual(travelLimitMs(model) / (toward === 'open' ? 2 : 1));
          expect(limit).toBeLessThanOrEqual(travelLimitMs(model) * 2);
        },
      ),
    );
  });
});
