import { describe, expect, it } from 'vitest';
import { civilTime } from '../../src/core/calendar/civil.ts';
import { nextAt, parseCron } from '../../src/core/calendar/cron.ts';

const shanghai = 'Asia/Shanghai';
const at = (text: string) => Date.parse(`${text}+08:00`);
const next = (cron: string, from: number, zone = shanghai) => {
  const parsed = parseCron(cron);
  const wall = parsed === null ? null : nextAt(parsed, from, zone);
  return wall === null ? null : new Date(wall).toISOString();
};
const utc = (text: string) => new Date(at(text)).toISOString();

describe('a cron expression', () => {
  it.each([
    ['0 10 * * *', '2026-03-02T09:59:59', '2026-03-02T10:00:00'],
    ['0 10 * * *', '2026-03-02T10:00:00', '2026-03-02T10:00:00'],
    ['0 10 * * *', '2026-03-02T10:00:01', '2026-03-03T10:00:00'],
    ['30 9 * * 1', '2026-03-03T00:00:00', '2026-03-09T09:30:00'],
    ['0 0 1 * *', '2026-12-15T00:00:00', '2027-01-01T00:00:00'],
    ['0 8 1-7/2 3,9 *', '2026-03-04T00:00:00', '2026-03-05T08:00:00'],
    ['0 8 * * 0', '2026-03-02T00:00:00', '2026-03-08T08:00:00'],
    ['0 8 * * 7', '2026-03-02T00:00:00', '2026-03-08T08:00:00'],
    ['0 8 * * 1-5', '2026-03-07T00:00:00', '2026-03-09T08:00:00'],
    ['0 8 29 2 *', '2026-03-01T00:00:00', '2028-02-29T08:00:00'],
    ['5 23 */10 * *', '2026-03-12T00:00:00', '2026-03-21T23:05:00'],
  ])('%s after %s comes at %s', (cron, from, expected) => {
    expect(next(cron, at(from))).toBe(utc(expected));
  });

  it.each([
    '',
    '* 10 * * *',
    '0 * * * *',
    '*/5 10 * * *',
    '0 10 * *',
    '0 10 * * * *',
    '60 10 * * *',
    '0 24 * * *',
    '0 10 32 * *',
    '0 10 0 * *',
    '0 10 * 13 *',
    '0 10 * * 8',
    '0 10 5-1 * *',
    '0 10 */0 * *',
    '0 10 1 * 1',
    '0 10 x * *',
    '0 10 1,, * *',
  ])('%j is none that means one moment a day at most', (text) => {
    expect(parseCron(text)).toBeNull();
  });

  it('that never comes, or a zone that is none, gives no moment', () => {
    expect(next('0 8 31 2 *', at('2026-03-01T00:00:00'))).toBeNull();
    expect(next('0 8 * * *', at('2026-03-01T00:00:00'), 'Mars/Olympus')).toBeNull();
  });

  it('keeps its time of day over a change of the clocks, and comes on the day that skips it all the same', () => {
    const zone = 'Europe/Berlin';
    expect(next('0 10 * * *', Date.parse('2026-03-28T12:00:00Z'), zone)).toBe('2026-03-29T08:00:00.000Z');
    expect(next('0 10 * * *', Date.parse('2026-10-24T12:00:00Z'), zone)).toBe('2026-10-25T09:00:00.000Z');
    const skipped = Date.parse(next('30 2 * * *', Date.parse('2026-03-28T12:00:00Z'), zone) ?? '');
    expect(civilTime(skipped, zone)).toMatchObject({ date: '2026-03-29' });
  });
});
