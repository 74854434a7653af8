/** Durations as people write them in YAML. */
import { z } from 'zod';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const shape = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Milliseconds of `500ms`, `3s`, `1.5s`, `2m`, `12h`; `null` for anything else. */
export function parseDuration(text: string): number | null {
  const found = shape.exec(text);
  const factor = unitMs[found?.[2] ?? ''];
  return found === null || factor === undefined ? null : Number(found[1]) * factor;
}

/** Writes a whole number of milliseconds in the largest unit that divides it. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms > 0 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function outOfRange(min: string, max: string) {
  const en = `must be ${min} to ${max}`;
  return { error: en, params: { zh: `应在 ${min} 到 ${max} 之间`, en } };
}

const dayMs = 24 * 3_600_000;

/** A schema: whole days, `30d`, in, milliseconds out. */
export function days(range: { readonly min: number; readonly max: number }) {
  const daysOf = (text: string) => Number(text.slice(0, -1));
  return z
    .string()
    .regex(/^\d{1,4}d$/, 'whole days such as 30d')
    .refine(
      (text) => !text.endsWith('d') || (daysOf(text) >= range.min && daysOf(text) <= range.max),
      outOfRange(`${range.min}d`, `${range.max}d`),
    )
    .meta({
      expectedZh: `天数，写成 30d，${range.min}d 到 ${range.max}d`,
      expectedEn: `whole days such as 30d, ${range.min}d to ${range.max}d`,
    })
    .transform((text) => daysOf(text) * dayMs);
}

/** A schema: a string such as `3s` in, milliseconds out. `min` and `max` are written the same way. */
export function duration(range: { readonly min: string; readonly max: string }) {
  const minMs = parseDuration(range.min) ?? 0;
  const maxMs = parseDuration(range.max) ?? Number.MAX_SAFE_INTEGER;
  return z
    .string()
    .regex(shape, `a duration such as 500ms, 3s or 2m`)
    .refine(
      (text) => {
        const ms = parseDuration(text);
        return ms === null || (ms >= minMs && ms <= maxMs);
      },
      outOfRange(range.min, range.max),
    )
    .meta({
      expectedZh: `时长，写成 500ms、3s 或 2m，${range.min} 到 ${range.max}`,
      expectedEn: `a duration such as 500ms, 3s or 2m, ${range.min} to ${range.max}`,
    })
    .transform((text) => parseDuration(text) ?? minMs);
}
