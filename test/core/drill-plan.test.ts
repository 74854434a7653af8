import { describe, expect, it } from 'vitest';
import { parseCron } from '../../src/core/calendar/cron.ts';
import { afterDrill, type DrillHistory, drillStanding, provedBy } from '../../src/core/emergency/drill-plan.ts';
import type { DrillPlan } from '../../src/core/site-model.ts';
import { laneOf, north, out } from './emergency-world.ts';
import { siteModel } from './lane-site.ts';

const day = 24 * 3_600_000;
const at = (text: string) => Date.parse(`${text}+08:00`);
const cron = parseCron('0 10 * * 1');
if (cron === null) throw new Error('no cron');
const plan: DrillPlan = { everyMs: 30 * day, graceMs: 7 * day, holdOpenMs: 30_000, reach: ['north'], at: cron };
const standing = (known: DrillHistory, now: string) => drillStanding(plan, 'Asia/Shanghai', known, at(now));
const done = (when: string): DrillHistory => ({ since: 0, doneAt: at(when), result: 'passed' });

describe('a drill', () => {
  it('is due at the first Monday at ten after 30 days, and missed a week later', () => {
    const known = done('2026-03-02T10:30:00');
    expect(standing(known, '2026-04-01T11:00:00').state).toBe('notDue');
    expect(standing(known, '2026-04-06T09:59:00').state).toBe('notDue');
    expect(standing(known, '2026-04-06T10:00:00')).toEqual({ state: 'due', dueAt: at('2026-04-06T10:00:00') });
    expect(standing(known, '2026-04-13T09:59:00').state).toBe('due');
    expect(standing(known, '2026-04-13T10:00:00').state).toBe('missed');
    expect(standing(known, '2027-01-01T00:00:00').state).toBe('missed');
  });

  it('that was never held is due at the next Monday', () => {
    const known = { since: at('2026-03-03T12:00:00'), doneAt: null, result: null };
    expect(standing(known, '2026-03-08T12:00:00').state).toBe('notDue');
    expect(standing(known, '2026-03-09T10:00:00').state).toBe('due');
  });

  it('with a stamp of a clock that was ahead excuses nothing', () => {
    const since = at('2026-03-02T00:00:00');
    const known: DrillHistory = { since, doneAt: at('2031-01-01T00:00:00'), result: 'passed' };
    expect(standing(known, '2026-03-20T00:00:00').state).toBe('missed');
    const both = { ...known, since: at('2031-01-01T00:00:00') };
    expect(standing(both, '2026-03-20T00:00:00').dueAt).toBe(at('2026-03-23T10:00:00'));
  });
});

describe('what a drill proves', () => {
  const lanes = [laneOf('in'), laneOf('out', out), laneOf('side')];
  const routes = [north, { ...north, id: 'south', lanes: ['side'] }];
  const model = siteModel({ lanes, routes, drills: { ...plan, reach: ['north', 'south'] } });
  const site = { kind: 'site' };
  const ended = (body: object) => ({ reach: site, lanes: ['in', 'out', 'side'], failed: [], why: null, ...body });

  it('is said of its own reach, and of each planned route that lies wholly within it, by that route’s own lanes', () => {
    expect(provedBy(model, ended({ result: 'failed', failed: ['side'] }))).toEqual({
      ...{ site: 'failed', 'route:north': 'passed', 'route:south': 'failed' },
    });
    expect(provedBy(model, ended({ result: 'presumed', presumed: ['out'] }))).toEqual({
      ...{ site: 'presumed', 'route:north': 'presumed', 'route:south': 'passed' },
    });
    const route = { reach: { kind: 'route', route: 'north' }, lanes: ['in', 'out'], result: 'passed' };
    expect(provedBy(model, ended(route))).toEqual({ 'route:north': 'passed' });
    const lane = { reach: { kind: 'lane', lane: 'side' }, lanes: ['side'], result: 'passed' };
    expect(provedBy(model, ended(lane))).toEqual({ 'lane:side': 'passed', 'route:south': 'passed' });
  });

  it('is nothing where it was cut short; a failure before that stands for its own reach', () => {
    expect(provedBy(model, ended({ result: 'interrupted', why: 'emergency' }))).toEqual({});
    expect(provedBy(model, ended({ result: 'failed', failed: ['side'], why: 'emergency' }))).toEqual({
      site: 'failed',
    });
    expect(provedBy(model, { result: 'passed' })).toEqual({});
  });

  it('ends a failure when it passes; presumed, unless a lane stood open and was not timed at all', () => {
    const failed: DrillHistory = { since: 1, doneAt: 2, result: 'failed' };
    expect(afterDrill(failed, 'passed', false, 3)).toEqual({ since: 1, doneAt: 3, result: 'passed' });
    expect(afterDrill(failed, 'presumed', false, 3).result).toBe('presumed');
    expect(afterDrill(failed, 'presumed', true, 3)).toEqual({ since: 1, doneAt: 3, result: 'failed' });
    expect(afterDrill(failed, 'interrupted', false, 3)).toEqual(failed);
    expect(afterDrill(undefined, 'failed', false, 3)).toEqual({ since: 3, doneAt: 3, result: 'failed' });
  });
});
