import { describe, expect, it } from 'vitest';
import { offsetMinutes, wallOf, wallText } from '../../src/cli/local-time.ts';
import { ageText, table } from '../../src/cli/text-layout.ts';

const shanghai = 'Asia/Shanghai';

describe('instants as the site writes them', () => {
  it('reads and writes the local time of the zone, not of the machine', () => {
    const wall = Date.UTC(2026, 9, 1, 4, 0, 0, 250);
    expect(wallText(wall, shanghai)).toBe('2026-10-01 12:00:00.250');
    expect(wallOf('2026-10-01T12:00', shanghai)).toBe(Date.UTC(2026, 9, 1, 4));
    expect(wallOf('2026-10-01', shanghai)).toBe(Date.UTC(2026, 8, 30, 16));
    expect(offsetMinutes(wall, shanghai)).toBe(480);
  });

  it('takes the offset of the instant itself where summer time changes it', () => {
    expect(wallOf('2026-07-01T12:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 6, 1, 10));
    expect(wallOf('2026-01-01T12:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 0, 1, 11));
    // The change is at 02:00; an hour later the new offset holds.
    expect(wallOf('2026-03-29T03:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1, 30));
  });

  it.each(['2026-02-30', '2026-10-01T25:00', 'yesterday', '', '2026-13-01'])('takes %j for no time', (text) => {
    expect(wallOf(text, shanghai)).toBeNull();
  });
});

describe('text on a terminal', () => {
  it('keeps columns straight under Chinese, and control characters off the screen', () => {
    const lines = table(
      ['名', 'b'],
      [
        ['东门入口', '1'],
        ['x\u001b[2J', '2'],
      ],
    ).split('\n');
    expect(lines).toEqual(['名        b', '东门入口  1', 'x?[2J     2']);
  });

  it('names an age in the unit that a person would', () => {
    const say = (_zh: string, en: string) => en;
    expect([350, 4200, 720_000, 10_800_000, 432_000_000].map((ms) => ageText(ms, say))).toEqual([
      '350 ms',
      '4.2 s',
      '12 min',
      '3 h',
      '5 d',
    ]);
  });
});
