/** Civil time of a zone as a pure function of (instant, zone); `Intl` carries the zone rules, nothing local is read. */
import type { Wall } from '../values.ts';

export interface CivilTime {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly year: number;
  /** 1 = Monday … 7 = Sunday. */
  readonly weekday: Weekday;
  /** Minutes after local midnight, 0 … 1439. */
  readonly minute: number;
}

export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** What `Intl` can format; beyond it it throws. */
const wallLimit = 8.64e15;
const zonesKept = 16;
const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Null for an instant or a zone that means nothing: the caller then knows no time, which never opens a window. */
export function civilTime(wall: Wall, timezone: string): CivilTime | null {
  const format = formatOf(timezone);
  if (format === null || !(Math.abs(wall) <= wallLimit)) return null;
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(wall)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
  return { ...civilDay(dayNumber(year, month, day)), minute: hour * 60 + minute };
}

export interface CivilDay {
  readonly date: string;
  readonly year: number;
  readonly weekday: Weekday;
}

export function dayBefore(day: CivilDay): CivilDay {
  const [year = 0, month = 1, dayOfMonth = 1] = day.date.split('-').map(Number);
  return civilDay(dayNumber(year, month, dayOfMonth) - 1);
}

/** The instant at which the zone's clocks show this day and minute; where they skip it, the one as long after the change. */
export function wallOf(day: number, minute: number, timezone: string): Wall | null {
  const shown = day * 1440 + minute;
  const ahead = (wall: Wall): number | null => {
    const civil = civilTime(wall, timezone);
    if (civil === null) return null;
    const [year = 0, month = 1, dayOfMonth = 1] = civil.date.split('-').map(Number);
    return dayNumber(year, month, dayOfMonth) * 1440 + civil.minute - Math.floor(wall / 60_000);
  };
  const first = ahead(shown * 60_000);
  if (first === null) return null;
  const guess = (shown - first) * 60_000;
  const second = ahead(guess);
  if (second === null || second === first) return guess;
  const again = (shown - second) * 60_000;
  return ahead(again) === second ? again : guess;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar; years start in March so that the leap day comes last. */
export function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civilDay(days: number): CivilDay {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const date = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  return { date, year, weekday: weekdayOf(days) };
}

const weekdays: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];

/** 1970-01-01 was a Thursday. */
function weekdayOf(days: number): Weekday {
  return weekdays[(((days + 3) % 7) + 7) % 7] ?? 1;
}

/** Making a format takes milliseconds, using one microseconds; the cache changes no result. */
function formatOf(timezone: string): Intl.DateTimeFormat | null {
  const kept = formats.get(timezone);
  if (kept !== undefined) return kept;
  if (formats.size >= zonesKept) formats.clear();
  const made = makeFormat(timezone);
  formats.set(timezone, made);
  return made;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  } catch {
    return null;
  }
}
