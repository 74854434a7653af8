import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { watchWall } from '../../src/runtime/wall-trust.ts';

function watched(mark: string | null, clock = new ManualClock()) {
  const steps: number[] = [];
  const trust: boolean[] = [];
  const watch = watchWall({
    clock,
    mark,
    stepped: (byMs) => steps.push(byMs),
    trustChanged: (trusted) => trust.push(trusted),
  });
  return { clock, steps, trust, watch };
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function markAt(wall: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'wall-'));
  folders.push(folder);
  const path = join(folder, 'synchronized');
  writeFileSync(path, '');
  utimesSync(path, wall / 1000, wall / 1000);
  return path;
}

describe('the wall clock', () => {
  it('is not trusted where nothing vouches for it', async () => {
    const none = watched(null);
    const absent = watched('/nonexistent/synchronized');
    await none.clock.pass(120_000);
    expect([none.watch.trusted(), absent.watch.trusted(), none.trust]).toEqual([false, false, [false]]);
  });

  it('is trusted while the time service’s mark is fresh, and no longer when it has grown old', async () => {
    const clock = new ManualClock();
    const { watch, trust } = watched(markAt(clock.wall()), clock);
    expect(watch.trusted()).toBe(true);
    await clock.pass(3 * 86_400_000 + 60_000);
    expect([watch.trusted(), trust]).toEqual([false, [true, false]]);
  });

  it('that steps is told once, forwards and back, and asked for its mark at once', async () => {
    const clock = new ManualClock();
    const { steps, watch } = watched(markAt(clock.wall()), clock);
    await clock.pass(5000);
    clock.stepWall(3_600_000);
    await clock.pass(5000);
    clock.stepWall(-7_200_000);
    await clock.pass(5000);
    expect(steps).toEqual([3_600_000, -7_200_000]);
    expect(watch.trusted()).toBe(true);
    clock.stepWall(10 * 365 * 86_400_000);
    await clock.pass(1000);
    expect(watch.trusted()).toBe(false);
    watch.stop();
    expect(clock.timers()).toEqual([]);
  });

  it('that drifts as clocks do is no step', async () => {
    const { clock, steps } = watched(null);
    for (let second = 0; second < 600; second += 1) {
      clock.stepWall(50);
      await clock.pass(1000);
    }
    expect(steps).toEqual([]);
  });
});
