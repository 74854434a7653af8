/** Instants as people of the site write and read them. */

export function offsetMinutes(wall: number, timezone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(wall)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return Math.round((local - Math.floor(wall / 1000) * 1000) / 60_000);
}

/** `2026-10-01 08:00:01.250`. */
export function wallText(wall: number, timezone: string): string {
  const local = new Date(Math.round(wall) + offsetMinutes(wall, timezone) * 60_000);
  return Number.isNaN(local.getTime()) ? '–' : local.toISOString().slice(0, 23).replace('T', ' ');
}

const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** Wall milliseconds of `2026-10-01T12:00`, local time of the zone; null for no such time. */
export function wallOf(text: string, timezone: string): number | null {
  const match = pattern.exec(text.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(local);
  const real = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!real) return null;
  // Twice, because the offset belongs to the instant that is looked for.
  const guess = local - offsetMinutes(local, timezone) * 60_000;
  return local - offsetMinutes(guess, timezone) * 60_000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
