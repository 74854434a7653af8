/** Tables and durations on a terminal on which Chinese characters take two columns. */
import { indexAfter, width } from '../config/columns.ts';
import type { Say } from './settings.ts';

/** Terminal control characters of hostile data never reach the screen. */
export function plain(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** No line of Chinese text begins with one of these. */
const closers = '，。；：、）！？';

/** As many lines as it takes, none wider than `columns`, the further ones indented; nothing is lost but blanks at a break. */
export function wrapTo(text: string, columns: number, indent: number): readonly string[] {
  const lines: string[] = [];
  const lead = ' '.repeat(Math.min(indent, Math.max(0, columns - 2)));
  let rest = text;
  while (width(rest) > columns) {
    const full = Math.max(indexAfter(rest, 0, columns), rest.codePointAt(0) === undefined ? 0 : 1);
    const at = breakBefore(rest, full, lines.length === 0 ? 1 : lead.length + 1);
    lines.push(rest.slice(0, at).trimEnd());
    rest = lead + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Behind the last blank of the second half of the line, else where the line is full. */
function breakBefore(text: string, full: number, least: number): number {
  if (text[full] === ' ') return full;
  const blank = text.lastIndexOf(' ', full - 1);
  if (blank > full / 2 && blank >= least) return blank;
  const held = closers.includes(text[full] ?? ' ') ? full - 1 : full;
  return Math.max(held, least);
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
