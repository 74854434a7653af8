import { describe, expect, it } from 'vitest';
import { noneKnown, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { bus, drivers, type Files, load, nowWall, sensed } from './fakes.ts';

const day = 24 * 3_600_000;
const files = (drills: string, routes = 'north: { name: 北门, lanes: [east-in], direction: in }'): Files => ({
  'site.yaml': `site:
  id: s
  name: 测试
  timezone: Asia/Shanghai
  homeProvince: 京
  calendar: { years: [2026] }
${drills}${bus}`,
  'gate.yaml': `devices:
  a: { driver: board, line: bus, unit: 1, ${sensed} }
lanes:
  east-in: { name: 东进, direction: in, barrier: a, commissioned: true }
${routes === '' ? '' : `routes:\n  ${routes}\n`}`,
});
const planned = (drills: string, routes?: string) => load(files(drills, routes)).site?.drills;
const found = (drills: string) =>
  load(files(drills)).problems.flatMap(({ path, code, hint }) =>
    path.startsWith('site.drills') ? [{ path, code, hint }] : [],
  );

describe('drills', () => {
  it('are asked for every 30 days at ten, of every route, or of the site where there is none', () => {
    expect(planned('  drills: {}\n')).toMatchObject({
      ...{ everyMs: 30 * day, graceMs: 7 * day, holdOpenMs: 30_000, reach: ['north'] },
      at: { text: '0 10 * * *', minute: 600 },
    });
    expect(planned('  drills: {}\n', '')).toMatchObject({ reach: 'site' });
    expect(planned('')).toBeNull();
  });

  it('are as they are written', () => {
    const written = '  drills: { every: 90d, at: "30 9 1 * *", reach: site, holdOpenFor: 10s, grace: 14d }\n';
    expect(planned(written)).toMatchObject({
      ...{ everyMs: 90 * day, graceMs: 14 * day, holdOpenMs: 10_000, reach: 'site' },
      at: { monthDays: [1], minute: 570 },
    });
  });

  it.each([
    ['every: 6d', 'every', '7d', '7d'],
    ['every: 400d', 'every', '366d', '366d'],
    ['every: 30', 'every', '30d', '30d'],
    ['every: 4w', 'every', '30d', '30d'],
    ['grace: 90d', 'grace', '60d', '60d'],
    ['holdOpenFor: 45s', 'holdOpenFor', '30s', '30s'],
    ['at: "*/5 * * * *"', 'at', '分 时 日 月 星期', 'minute hour day-of-month'],
    ['at: "0 10 1 * 1"', 'at', '至少一个是 *', '* for the day'],
  ])('with %s are refused, with what may stand there', (text, key, zh, en) => {
    const problems = found(`  drills: { ${text} }\n`);
    expect(problems.map(({ path }) => path)).toEqual([`site.drills.${key}`]);
    const [{ hint }] = problems as [(typeof problems)[0]];
    expect(hint?.zh).toContain(zh);
    expect(hint?.en).toContain(en);
  });

  it('of a route that is not there are a warning with the nearest name; every route is drilled instead', () => {
    const misspelt = '  drills: { reach: [nroth] }\n';
    expect(found(misspelt)).toMatchObject([
      { path: 'site.drills.reach.0', code: 'W-DRILL-ROUTE', hint: { en: 'did you mean "north"?' } },
    ]);
    expect(planned(misspelt)).toMatchObject({ reach: ['north'] });
  });

  it('in error darken no lane from the first start on', () => {
    const broken = load(files('  drills: { at: "now and then" }\n'));
    const running = resolveWithLastKnownGood(broken, noneKnown, { drivers, nowWall });
    expect(running.site?.lanes.map(({ id }) => id)).toEqual(['east-in']);
    expect(running.faults.map(({ code }) => code)).toContain('configRejected');
  });
});
