/** Tables and durations on a terminal on which Chinese characters take two columns. */
import { width } from '../config/format.ts';
import type { Say } from './settings.ts';

/** Terminal control characters of hostile data never reach the screen. */
export function plain(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** Left-aligned columns, two blanks between; nothing is cut. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(plain));
  const widths = head.map((_, at) => Math.max(...all.map((row) => width(row[at] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, at) => padTo(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `350 ms`, `4.2 s`, `12 min`, `3 h`, `5 d`. */
export function ageText(ms: number, say: Say): string {
  const steps: readonly [number, number, string, string][] = [
    [1000, 1, '毫秒', 'ms'],
    [60_000, 1000, '秒', 's'],
    [3_600_000, 60_000, '分钟', 'min'],
    [172_800_000, 3_600_000, '小时', 'h'],
  ];
  const [, unitMs, zh, en] = steps.find(([below]) => ms < below) ?? [0, 86_400_000, '天', 'd'];
  const value = ms / unitMs;
  const shown = unitMs === 1000 ? value.toFixed(1) : String(Math.round(value));
  return `${shown} ${say(zh, en)}`;
}

/** Milliseconds between two stages, to a tenth. */
export function msText(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
