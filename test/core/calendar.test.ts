import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { civilTime, dayBefore } from '../../src/core/calendar/civil.ts';
import { isDayOff, windowsOpen } from '../../src/core/calendar/windows.ts';
import type { Calendar, WeeklyWindow } from '../../src/core/site-model.ts';

const zone = 'Asia/Shanghai';
const at = (iso: string) => civilTime(Date.parse(`${iso}+08:00`), zone);

function open(window: WeeklyWindow, iso: string, days: Calendar['days'] = {}, years = [2026]): boolean {
  return windowsOpen(['w'], { days, years, windows: { w: [window] } }, at(iso)).open;
}

describe('civil time', () => {
  it('is that of the zone, not of the machine', () => {
    const instant = Date.UTC(2026, 10, 23, 17, 30);
    expect(civilTime(instant, zone)).toEqual({ date: '2026-11-24', year: 2026, weekday: 2, minute: 90 });
    expect(civilTime(instant, 'America/New_York')).toEqual({ date: '2026-11-23', year: 2026, weekday: 1, minute: 750 });
    expect(civilTime(instant, 'Asia/Kathmandu')).toMatchObject({ minute: 23 * 60 + 15 });
  });

  it('says midnight as minute 0 of the new day', () => {
    expect(at('2026-11-24T00:00')).toMatchObject({ date: '2026-11-24', minute: 0 });
  });

  it('is null for an instant or a zone that means nothing', () => {
    for (const wall of [Number.NaN, Number.POSITIVE_INFINITY, 1e17]) expect(civilTime(wall, zone)).toBeNull();
    expect(civilTime(0, 'Mars/Olympus')).toBeNull();
  });

  it('agrees with the calendar of Shanghai on every day since 1992', () => {
    const instant = fc.integer({ min: Date.UTC(1992, 0, 1), max: Date.UTC(2199, 11, 31) });
    fc.assert(
      fc.property(instant, (wall) => {
        const local = new Date(wall + 8 * 3_600_000);
        const yesterday = new Date(wall + 8 * 3_600_000 - 86_400_000);
        const civil = civilTime(wall, zone);
        expect(civil).toEqual({
          date: local.toISOString().slice(0, 10),
          year: local.getUTCFullYear(),
          weekday: local.getUTCDay() === 0 ? 7 : local.getUTCDay(),
          minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
        });
        if (civil !== null) expect(dayBefore(civil).date).toBe(yesterday.toISOString().slice(0, 10));
      }),
    );
  });
});

describe('a weekly window', () => {
  it('holds from its first minute to before its last', () => {
    const office: WeeklyWindow = { days: [1], from: 540, to: 1080 };
    const minutes = ['08:59', '09:00', '17:59', '18:00'];
    expect(minutes.map((minute) => open(office, `2026-11-23T${minute}`))).toEqual([false, true, true, false]);
    expect(open(office, '2026-11-24T10:00')).toBe(false);
  });

  it('runs past midnight into the day after its own', () => {
    const night: WeeklyWindow = { days: [5], from: 1320, to: 360 };
    expect(open(night, '2026-11-27T22:00')).toBe(true);
    expect(open(night, '2026-11-28T05:59')).toBe(true);
    expect(open(night, '2026-11-28T06:00')).toBe(false);
    expect(open(night, '2026-11-28T22:30')).toBe(false);
    expect(open(night, '2026-11-27T05:00')).toBe(false);
  });

  it('runs past midnight from Sunday to Monday and over the end of a year', () => {
    const sunday: WeeklyWindow = { days: [7], from: 1320, to: 360 };
    expect(open(sunday, '2026-11-23T01:00')).toBe(true);
    const thursday: WeeklyWindow = { days: [4], from: 1320, to: 360 };
    expect(open(thursday, '2027-01-01T01:00')).toBe(true);
  });

  it('is a whole day where it ends as it begins', () => {
    const day: WeeklyWindow = { days: [1], from: 480, to: 480 };
    expect(open(day, '2026-11-23T08:00')).toBe(true);
    expect(open(day, '2026-11-24T07:59')).toBe(true);
    expect(open(day, '2026-11-24T08:00')).toBe(false);
    expect(open({ days: [1], from: 0, to: 1440 }, '2026-11-23T23:59')).toBe(true);
  });

  it('follows days off and working days that were moved', () => {
    const days = { '2026-10-01': 'off', '2026-10-10': 'work' } as const;
    const working: WeeklyWindow = { days: ['work'], from: 0, to: 1440 };
    const free: WeeklyWindow = { days: ['off'], from: 0, to: 1440 };
    expect(open(working, '2026-10-01T10:00', days)).toBe(false);
    expect(open(free, '2026-10-01T10:00', days)).toBe(true);
    expect(open(working, '2026-10-10T10:00', days)).toBe(true);
    expect(open(free, '2026-10-11T10:00', days)).toBe(true);
    expect(open({ days: [4], from: 0, to: 1440 }, '2026-10-01T10:00', days)).toBe(true);
  });

  it('is judged by the weekday alone in a year that the calendar does not cover, and says so', () => {
    const calendar: Calendar = { days: {}, years: [2026], windows: { w: [{ days: ['work'], from: 0, to: 1440 }] } };
    expect(windowsOpen(['w'], calendar, at('2027-03-01T10:00'))).toMatchObject({ open: true, calendarCovers: false });
    expect(windowsOpen(['w'], calendar, at('2026-03-02T10:00'))).toMatchObject({ open: true, calendarCovers: true });
    const plain: Calendar = { ...calendar, windows: { w: [{ days: [1], from: 0, to: 1440 }] } };
    expect(windowsOpen(['w'], plain, at('2027-03-01T10:00')).calendarCovers).toBe(true);
  });

  it('never holds when nobody defined it or when no time is known', () => {
    const calendar: Calendar = {
      days: {},
      years: [],
      windows: { w: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 0 }] },
    };
    expect(windowsOpen(['x', 'toString'], calendar, at('2026-11-23T10:00'))).toMatchObject({
      open: false,
      undefinedWindows: ['x', 'toString'],
    });
    expect(windowsOpen(['w'], calendar, null).open).toBe(false);
    expect(windowsOpen(['x', 'w'], calendar, at('2026-11-23T10:00'))).toMatchObject({ open: true, window: 'w' });
  });

  it('and its complement together cover every minute once', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const all = [1, 2, 3, 4, 5, 6, 7] as const;
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 0, max: 527_000 }), (from, to, later) => {
        fc.pre(from !== to);
        const time = civilTime(Date.UTC(2026, 0, 1) + later * 60_000, zone);
        const calendar: Calendar = {
          days: {},
          years: [2026],
          windows: { a: [{ days: all, from, to }], b: [{ days: all, from: to, to: from }] },
        };
        expect(windowsOpen(['a'], calendar, time).open).toBe(!windowsOpen(['b'], calendar, time).open);
      }),
    );
  });

  it('every day is either off or working', () => {
    const calendar: Calendar = { days: { '2026-10-10': 'work' }, years: [2026], windows: {} };
    const saturday = at('2026-10-10T10:00');
    const sunday = at('2026-10-11T10:00');
    expect(saturday !== null && isDayOff(saturday, calendar)).toBe(false);
    expect(sunday !== null && isDayOff(sunday, calendar)).toBe(true);
  });
});
