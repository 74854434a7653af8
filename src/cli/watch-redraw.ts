/**
 * What has to be sent to turn one screen into the next over a bad ssh link: only what differs, no colours, no scrolling.
 * VT100 sequences that every terminal knows: cursor to a place, clear to the end of the line.
 */
import { indexAfter, width } from '../config/columns.ts';

const CLEAR_TO_END = '\u001b[K';
/** Terminals differ in how wide they draw these; a column is never counted across one. */
const SAFE = /^[\u0020-\u007e\p{Script=Han}，。：；（）、]$/u;

/** Whole screen from its upper left corner; nothing scrolls. */
export function drawAll(lines: readonly string[]): string {
  return `\u001b[H${lines.map((line) => `${line}${CLEAR_TO_END}`).join('\r\n')}\u001b[J`;
}

/** Both screens have the same number of lines. Empty where nothing has changed. */
export function drawChanges(before: readonly string[], after: readonly string[]): string {
  return after.map((line, at) => (line === before[at] ? '' : drawLine(at, before[at] ?? '', line))).join('');
}

function drawLine(row: number, before: string, after: string): string {
  const was = [...before];
  const is = [...after];
  let start = 0;
  while (start < is.length && is[start] === was[start] && SAFE.test(is[start] ?? '')) start += 1;
  const place = `\u001b[${row + 1};${width(is.slice(0, start).join('')) + 1}H`;
  const kept = keptTail(was.slice(start), is.slice(start));
  if (kept > 0) return place + is.slice(start, is.length - kept).join('');
  return `${place}${is.slice(start).join('')}${CLEAR_TO_END}`;
}

/** Characters at the end that stay where they are: all between is as wide as before, and surely so. */
function keptTail(was: readonly string[], is: readonly string[]): number {
  if (was.length !== is.length) return 0;
  let kept = 0;
  while (kept < is.length && is.at(-1 - kept) === was.at(-1 - kept)) kept += 1;
  const old = was.slice(0, was.length - kept);
  const young = is.slice(0, is.length - kept);
  const sure = [...old, ...young].every((character) => SAFE.test(character));
  return sure && width(old.join('')) === width(young.join('')) ? kept : 0;
}

/** At most `columns` wide; what was cut ends in an ellipsis. */
export function cutTo(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  return columns < 1 ? '' : `${text.slice(0, indexAfter(text, 0, columns - 1))}…`;
}
