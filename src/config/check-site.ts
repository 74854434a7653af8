/** Checks of the site's own facts, and of the receiver that pushing cameras need. */
import { type Parts, type Section, sectionOf, tell } from './parts.ts';
import type { Problems } from './problem.ts';
import { asObject } from './site-values.ts';

/** As in the schema, which says so where a value is longer. */
const zoneMax = 60;

/** @param nowWall milliseconds since 1970; only the year in the site's zone is taken from it. */
export function checkSite(parts: Parts, problems: Problems, nowWall: number): void {
  const section = sectionOf(parts, { kind: 'site', id: '' });
  if (section !== null) {
    checkName(section, problems);
    const { timezone } = asObject(section.raw);
    if (typeof timezone === 'string' && timezone !== '' && timezone.length <= zoneMax) {
      if (knownZone(timezone)) checkCalendarYear(section, timezone, problems, nowWall);
      else tell(problems, section, 'E-TIMEZONE', { got: `"${timezone}"` }, ['timezone'], 'value');
    }
  }
  if (sectionOf(parts, { kind: 'receiver', id: '' }) === null) checkReceiver(parts, problems);
}

/** A full-width quote without its other half was meant to be YAML's own, and is now part of the name that a guard reads. */
export function checkName(section: Section, problems: Problems): void {
  const { name } = asObject(section.raw);
  if (typeof name !== 'string') return;
  const count = (signs: RegExp) => [...name.matchAll(signs)].length;
  if (count(/“/gu) === count(/”/gu) && count(/‘/gu) === count(/’/gu)) return;
  tell(problems, section, 'W-QUOTE-HALF', { got: name }, ['name'], 'value');
}

function knownZone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

function checkCalendarYear(section: Section, timezone: string, problems: Problems, nowWall: number): void {
  const calendar = asObject(asObject(section.raw).calendar);
  const years = Array.isArray(calendar.years) ? calendar.years : [];
  const days = Object.keys(asObject(calendar.days));
  // Where nothing refers to days, no year is missed.
  if (years.length === 0 && days.length === 0 && Object.keys(asObject(calendar.windows)).length === 0) return;
  if (!years.every((year) => typeof year === 'number')) return; // The schema says so.
  const year = Number(new Intl.DateTimeFormat('en', { timeZone: timezone, year: 'numeric' }).format(nowWall));
  if (years.includes(year)) return;
  const path = years.length > 0 || days.length > 0 ? ['calendar', 'years'] : [];
  tell(problems, section, 'W-CALENDAR-YEAR', { year }, path, 'key');
}

function checkReceiver(parts: Parts, problems: Problems): void {
  for (const device of parts.devices.values()) {
    const section = sectionOf(parts, { kind: 'device', id: device.id });
    if (section !== null && device.pushes)
      tell(problems, section, 'E-RECEIVER-MISSING', { device: device.id }, [], 'key');
  }
}
