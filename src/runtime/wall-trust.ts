/** Is the wall clock known to be right? Asked of the system's own time service, never assumed (GA/T 1742-2020: within 5 s). */
import { statSync } from 'node:fs';
import type { Clock } from '../contract/clock.ts';

/** systemd-timesyncd touches this file at each synchronisation (systemd-timesyncd.service(8)). */
export const timesyncdMark = '/run/systemd/timesync/synchronized';
const EVERY_MS = 30_000;
/** A crystal drifts about 1 s a day; without a synchronisation for three days five seconds are no longer sure. */
const VALID_MS = 3 * 86_400_000;
/** More than this between two ticks of one second is a step, not drift (node-cron, NTP slew stay far below). */
const STEP_MS = 2000;
const TICK_MS = 1000;

export interface WallWatch {
  trusted(): boolean;
  stop(): void;
}

export interface WallWatchOptions {
  readonly clock: Clock;
  /** File whose age says when the clock was last set right; null = no probe, never trusted. */
  readonly mark: string | null;
  readonly stepped: (byMs: number) => void;
  readonly trustChanged: (trusted: boolean) => void;
}

export function watchWall({ clock, mark, stepped, trustChanged }: WallWatchOptions): WallWatch {
  let trusted = isFresh(mark, clock.wall());
  let offset = clock.wall() - clock.mono();
  let askedAt = clock.mono();
  let cancel = (): void => undefined;
  trustChanged(trusted);
  const tick = (): void => {
    cancel = clock.after('wall.tick', TICK_MS, tick);
    const now = clock.wall() - clock.mono();
    const byMs = now - offset;
    offset = now;
    if (Math.abs(byMs) > STEP_MS) stepped(Math.round(byMs));
    if (clock.mono() - askedAt < EVERY_MS && Math.abs(byMs) <= STEP_MS) return;
    askedAt = clock.mono();
    const fresh = isFresh(mark, clock.wall());
    if (fresh !== trusted) {
      trusted = fresh;
      trustChanged(fresh);
    }
  };
  cancel = clock.after('wall.tick', TICK_MS, tick);
  return { trusted: () => trusted, stop: () => cancel() };
}

function isFresh(mark: string | null, wall: number): boolean {
  if (mark === null) return false;
  const found = statSync(mark, { throwIfNoEntry: false });
  return found !== undefined && Math.abs(wall - found.mtimeMs) <= VALID_MS;
}
