import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginGuard, GUARD_LIMITS, type GuardState, judge, type Sighting } from '../../src/runtime/guard/judgement.ts';
import {
  beginWork,
  countBeat,
  makeCounters,
  progressWork,
  SLOTS_MAX,
  sight,
  takeSlot,
  freeSlot,
} from '../../src/runtime/guard/shared-counters.ts';
import { fieldsOf, watchdogEveryMs } from '../../src/runtime/guard/systemd-notify.ts';
import { nextPause } from '../../src/runtime/guard/supervisor.ts';

interface Look {
  readonly at: number;
  readonly sighting: Sighting;
}
const at = (time: number, beats: number, extra: Partial<Sighting> = {}): Look => ({
  at: time,
  sighting: { beats, stopping: false, works: [], ...extra },
});

function last(looks: readonly Look[], limits = GUARD_LIMITS) {
  let state: GuardState = beginGuard(0);
  let verdict = judge(limits, state, { beats: 0, stopping: false, works: [] }, 0).verdict;
  for (const look of looks) ({ state, verdict } = judge(limits, state, look.sighting, look.at));
  return verdict;
}

describe('what the guard concludes', () => {
  it('kills at 2 s without a beat and not before', () => {
    const beaten = [...Array(41).keys()].map((n) => at(100 + n * 50, 7));
    expect(last(beaten).kill).toBeNull();
    expect(last([...beaten, at(2_101, 7)]).kill).toMatch(/has not turned for 2001 ms/);
    expect(last([...beaten, at(2_101, 8)]).kill).toBeNull();
  });

  it('never kills a loop that beats at least once in two looks, however the looks fall', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (given) => {
        let time = 0;
        let beats = 1;
        const looks = given.map(([step, beat], index) => {
          time += step;
          if (beat || index % 2 === 0) beats += 1;
          return at(time, beats);
        });
        expect(last(looks).kill).toBeNull();
      }),
    );
  });

  it('is fit for a watchdog only with a quick loop and no late work', () => {
    const work = (busy: boolean) => ({ works: [{ slot: 3, deadlineMs: 400, progress: 9, busy }] });
    expect(last([at(100, 1)]).fit).toBe(true);
    expect(last([at(100, 0)]).fit).toBe(false);
    expect(last([at(100, 1), at(600, 1), at(1_100, 1)]).fit).toBe(false);
    expect(last([at(100, 1, work(true)), at(600, 2, work(true))])).toMatchObject({ fit: false, stalled: [3] });
    expect(last([at(100, 1, work(false)), at(600, 2, work(false))])).toMatchObject({ fit: true, stalled: [] });
  });

  it('forgets a stall whose work was retired and taken anew', () => {
    const counters = makeCounters();
    const look = (time: number): Look => ({ at: time, sighting: sight(counters) });
    countBeat(counters);
    const slot = takeSlot(counters, 300) ?? -1;
    beginWork(counters, slot);
    const looks = [look(100), look(500)];
    expect(last(looks).stalled).toEqual([slot]);
    freeSlot(counters, slot);
    expect(takeSlot(counters, 300)).toBe(slot);
    beginWork(counters, slot);
    expect(last([...looks, look(600)]).stalled).toEqual([]);
  });

  it('does not let new arrivals hide work that is stuck', () => {
    const counters = makeCounters();
    const slot = takeSlot(counters, 300) ?? -1;
    countBeat(counters);
    const looks = [100, 200, 300, 400, 500].map((time) => {
      beginWork(counters, slot);
      return { at: time, sighting: sight(counters) };
    });
    expect(last(looks).stalled).toEqual([slot]);
    progressWork(counters, slot, true);
    expect(last([...looks, { at: 600, sighting: sight(counters) }]).stalled).toEqual([]);
  });

  it('watches no more works than it has room for', () => {
    const counters = makeCounters();
    for (let n = 0; n < SLOTS_MAX; n += 1) expect(takeSlot(counters, 10)).toBe(n);
    expect(takeSlot(counters, 10)).toBeNull();
  });
});

describe('what systemd is told', () => {
  it('a third of its own interval, and only if it asks this very process', () => {
    expect(watchdogEveryMs({ WATCHDOG_USEC: '15000000' }, 7)).toBe(5_000);
    expect(watchdogEveryMs({ WATCHDOG_USEC: '15000000', WATCHDOG_PID: '7' }, 7)).toBe(5_000);
    expect(watchdogEveryMs({ WATCHDOG_USEC: '15000000', WATCHDOG_PID: '8' }, 7)).toBeNull();
    expect(watchdogEveryMs({}, 7)).toBeNull();
    expect(watchdogEveryMs({ WATCHDOG_USEC: 'soon' }, 7)).toBeNull();
  });

  it('a status that cannot smuggle in another field', () => {
    expect(fieldsOf({ status: 'a\nSTOPPING=1\u001b[0m', ready: true })).toEqual(['READY=1', 'STATUS=a STOPPING=1 [0m']);
  });
});

describe('the pause before a restart', () => {
  it('doubles up to its limit and starts over after a steady life', () => {
    const limits = { pauseMs: 200, pauseMsMax: 5_000, steadyMs: 30_000 };
    expect(nextPause(200, 10, limits)).toBe(400);
    expect(nextPause(4_000, 10, limits)).toBe(5_000);
    expect(nextPause(5_000, 30_000, limits)).toBe(200);
  });
});
