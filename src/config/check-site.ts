/** Checks of the site's own facts, and of the receiver that pushing cameras need. */
import { normalisePlate } from '../core/plate/plate.ts';
import { type Parts, type Section, sectionOf, tell } from './parts.ts';
import type { Problems } from './problem.ts';
import type { SiteSection } from './schema.ts';

/** @param nowWall milliseconds since 1970; only the year in the site's zone is taken from it. */
export function checkSite(parts: Parts, problems: Problems, nowWall: number): void {
  const section = sectionOf(parts, { kind: 'site', id: '' });
  const { site } = parts;
  if (section !== null && site !== null) {
    if (knownZone(site.timezone)) checkCalendarYear(section, site, problems, nowWall);
    else tell(problems, section, 'E-TIMEZONE', { got: `"${site.timezone}"` }, ['timezone'], 'value');
    for (const day of Object.keys(site.calendar.days)) {
      if (!realDate(day))
        tell(problems, section, 'E-CALENDAR-DAY', { got: `"${day}"` }, ['calendar', 'days', day], 'key');
    }
    for (const [index, plate] of site.emergencyPlates.entries()) {
      const { kind, text } = normalisePlate(plate);
      if (kind !== 'none' && text !== '') continue;
      tell(problems, section, 'E-PLATE', { got: `"${plate}"` }, ['emergencyPlates', index], 'value');
    }
  }
  if (sectionOf(parts, { kind: 'receiver', id: '' }) === null) checkReceiver(parts, problems);
}

function knownZone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

function checkCalendarYear(section: Section, site: SiteSection, problems: Problems, nowWall: number): void {
  const { years, days, windows } = site.calendar;
  // Where nothing refers to days, no year is missed.
  if (years.length === 0 && Object.keys(days).length === 0 && Object.keys(windows).length === 0) return;
  const year = Number(new Intl.DateTimeFormat('en', { timeZone: site.timezone, year: 'numeric' }).format(nowWall));
  if (years.includes(year)) return;
  const path = years.length > 0 || Object.keys(days).length > 0 ? ['calendar', 'years'] : [];
  tell(problems, section, 'W-CALENDAR-YEAR', { year }, path, 'key');
}

function realDate(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

function checkReceiver(parts: Parts, problems: Problems): void {
  for (const device of parts.devices.values()) {
    const section = sectionOf(parts, { kind: 'device', id: device.id });
    if (section !== null && device.pushes)
      tell(problems, section, 'E-RECEIVER-MISSING', { device: device.id }, [], 'key');
  }
}
