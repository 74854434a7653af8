/** How far a long piece of work is: a line that renews itself on a terminal, a line every few seconds elsewhere. */
import type { Say } from './settings.ts';
import { ageText } from './text-layout.ts';

const TERMINAL_MS = 200;
const PLAIN_MS = 3000;

export interface Progress {
  (fraction: number, rows: number): void;
  done(): void;
}

export function showProgress(what: string, say: Say, stream: NodeJS.WriteStream = process.stderr): Progress {
  const terminal = stream.isTTY === true;
  const startedAt = performance.now();
  let shownAt = startedAt;
  let shown = false;
  const show = (fraction: number, rows: number): void => {
    const now = performance.now();
    if (now - shownAt < (terminal ? TERMINAL_MS : PLAIN_MS)) return;
    shownAt = now;
    shown = true;
    const seconds = (now - startedAt) / 1000;
    const left = fraction > 0 ? ((1 - fraction) / fraction) * seconds * 1000 : null;
    const eta = left === null ? '' : say(`，约剩 ${ageText(left, say)}`, `, about ${ageText(left, say)} left`);
    const rate = say(`${Math.round(rows / seconds)} 行/秒`, `${Math.round(rows / seconds)} rows/s`);
    const line = `${what} ${Math.floor(fraction * 100)}% (${rows}, ${rate}${eta})`;
    stream.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
  show.done = (): void => {
    if (shown && terminal) stream.write('\r\u001b[K');
  };
  return show;
}
