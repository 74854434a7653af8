/** Cron expressions that mean one moment a day at most, `minute hour day-of-month month day-of-week`, in the zone's civil time. */
import type { CronTime } from '../site-model.ts';
import type { Wall } from '../values.ts';
import { civilDay, civilTime, dayNumber, wallOf } from './civil.ts';

/** `29 2` in a leap year, and the next one after a century without: no day that is ever meant lies farther off. */
const DAYS_AHEAD = 366 * 8 + 2;

/** Null for what is none, or means more than one moment a day, or bounds day of month and day of week together. */
export function parseCron(text: string): CronTime | null {
  const [minutes, hours, monthDays, months, weekdays, ...more] = text.trim().split(/\s+/);
  if (more.length > 0 || minutes === undefined || hours === undefined) return null;
  const minute = single(minutes, 59);
  const hour = single(hours, 23);
  const days = listed(monthDays, 1, 31);
  const inYear = listed(months, 1, 12);
  const inWeek = listed(weekdays, 0, 7);
  if (minute === null || hour === null || days === null || inYear === null || inWeek === null) return null;
  // Cron knows two readings of it, "and" and "or": neither is guessed.
  if (!monthDays?.startsWith('*') && !weekdays?.startsWith('*')) return null;
  const sundayLast = [...new Set(inWeek.map((day) => (day === 0 ? 7 : day)))];
  return { text: text.trim(), minute: hour * 60 + minute, monthDays: days, months: inYear, weekdays: sundayLast };
}

function single(field: string, most: number): number | null {
  return /^\d{1,2}$/.test(field) && Number(field) <= most ? Number(field) : null;
}

function listed(field: string | undefined, least: number, most: number): readonly number[] | null {
  const found = new Set<number>();
  for (const part of (field ?? '').split(',')) {
    const [, range = '', first, last, step] = /^(\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (range === '') return null;
    const from = first === undefined ? least : Number(first);
    const to = last !== undefined ? Number(last) : first === undefined || step !== undefined ? most : from;
    const by = Number(step ?? 1);
    if (from < least || to > most || from > to || by === 0) return null;
    for (let value = from; value <= to; value += by) found.add(value);
  }
  return [...found];
}

/** The first such moment at or after `from`; null where there is none, or the zone means nothing. */
export function nextAt(cron: CronTime, from: Wall, timezone: string): Wall | null {
  const civil = civilTime(from, timezone);
  if (civil === null) return null;
  const [year = 0, month = 1, dayOfMonth = 1] = civil.date.split('-').map(Number);
  const today = dayNumber(year, month, dayOfMonth);
  for (let day = today; day < today + DAYS_AHEAD; day += 1) {
    if (!falls(cron, day)) continue;
    const wall = wallOf(day, cron.minute, timezone);
    if (wall === null || wall >= from) return wall;
  }
  return null;
}

function falls({ monthDays, months, weekdays }: CronTime, day: number): boolean {
  const { date, weekday } = civilDay(day);
  const [, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
  return months.includes(month) && monthDays.includes(dayOfMonth) && weekdays.includes(weekday);
}
