/** Weekly windows, past midnight too, with days off and working days moved (调休). */
import type { Calendar, WeeklyWindow } from '../site-model.ts';
import { type CivilDay, type CivilTime, dayBefore } from './civil.ts';

export interface WindowAnswer {
  /** Some of the named windows holds now. */
  readonly open: boolean;
  /** The name that holds. */
  readonly window: string | null;
  /** Names that the calendar does not define; they never hold. */
  readonly undefinedWindows: readonly string[];
  /** False where an `off`/`work` window was judged by the plain week because the calendar does not cover the year. */
  readonly calendarCovers: boolean;
}

/** Does one of the windows hold at this civil time? No time known (null) → none does. */
export function windowsOpen(names: readonly string[], calendar: Calendar, time: CivilTime | null): WindowAnswer {
  const undefinedWindows: string[] = [];
  let window: string | null = null;
  let calendarCovers = true;
  for (const name of names) {
    const weekly = Object.hasOwn(calendar.windows, name) ? calendar.windows[name] : undefined;
    if (weekly === undefined) {
      undefinedWindows.push(name);
      continue;
    }
    if (time === null) continue;
    if (weekly.some((one) => followsCalendar(one)) && !calendar.years.includes(time.year)) calendarCovers = false;
    if (window === null && weekly.some((one) => holds(one, calendar, time))) window = name;
  }
  return { open: window !== null, window, undefinedWindows, calendarCovers };
}

/** Day off by the calendar; Saturday and Sunday where it says nothing. */
export function isDayOff(day: CivilDay, calendar: Calendar): boolean {
  const told = Object.hasOwn(calendar.days, day.date) ? calendar.days[day.date] : undefined;
  return told === undefined ? day.weekday >= 6 : told === 'off';
}

/** The evening of a window belongs to the day on which it began: Friday 22:00–06:00 holds on Saturday at 05:00. */
function holds(window: WeeklyWindow, calendar: Calendar, time: CivilTime): boolean {
  const today = startsOn(window, calendar, time);
  if (window.to > window.from) return today && time.minute >= window.from && time.minute < window.to;
  if (today && time.minute >= window.from) return true;
  return time.minute < window.to && startsOn(window, calendar, dayBefore(time));
}

function startsOn(window: WeeklyWindow, calendar: Calendar, day: CivilDay): boolean {
  const off = isDayOff(day, calendar);
  return window.days.some((one) => {
    if (one === 'off') return off;
    if (one === 'work') return !off;
    return one === day.weekday;
  });
}

function followsCalendar(window: WeeklyWindow): boolean {
  return window.days.some((one) => one === 'off' || one === 'work');
}
