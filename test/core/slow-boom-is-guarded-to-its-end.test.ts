import { describe, expect, it } from 'vitest';
import { travelLimitMs } from '../../src/core/lane/barrier.ts';
import { arrives, barrier, drivesThrough, gate, type LaneChange, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const reopenings = (world: Gate) =>
  world.sent.filter(({ command }) => command.priority === 'reopen' && command.action === 'pulseOpen');
const limitMs = travelLimitMs(barrier);

/** The boom has been sent down behind a car, and takes `travelMs` for it. */
function falling(travelMs: number, change: LaneChange = {}): Gate {
  const world = gate(change);
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  world.boom().travelMs = travelMs;
  drivesThrough(world);
  world.until(() => world.actions().includes('pulseClose'));
  return world;
}

describe('a boom that falls for longer than its travel limit', () => {
  it.each([
    ['soon after the limit', 4500, limitMs + 100],
    ['long after it', 30_000, limitMs + 15_000],
  ])('is sent up for somebody who steps under it %s', (_, travelMs, afterMs) => {
    const world = falling(travelMs);
    world.run(afterMs);
    expect(world.faults).toContain('boomFailedToClose');
    expect(world.boom().isFalling).toBe(true);
    expect(world.watched.get('board')).toBe('closing');
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(1);
    world.until(is(world, 'open'));
    world.run(10_000);
    expect(world.lane().unfinished).toBeNull();
  });

  it('is sent up when its sensor is read no more', () => {
    const world = falling(20_000);
    world.run(limitMs + 1000);
    world.mute('obstruction');
    world.run(600);
    expect(reopenings(world)).toHaveLength(1);
  });

  it('is sent up when the board falls silent', () => {
    const world = falling(20_000);
    world.run(limitMs + 1000);
    world.silence();
    expect(world.ofKind('commanded').at(-1)?.body).toMatchObject({ priority: 'reopen', why: 'obstructionUnknown' });
  });

  it('is sent up again where nobody answered the reopening, and not for ever', () => {
    const world = falling(200_000);
    world.run(limitMs + 1000);
    world.fate = () => 'unanswered';
    world.set('obstruction', true);
    world.run(1500);
    expect(reopenings(world).length).toBeGreaterThanOrEqual(2);
    world.run(limitMs);
    const given = reopenings(world).length;
    world.run(30_000);
    expect(reopenings(world)).toHaveLength(given);
  });

  it('stays guarded where the opening for the next car was not answered', () => {
    const world = falling(200_000);
    world.run(limitMs + 1000);
    world.fate = () => 'unanswered';
    arrives(world, '京B67890');
    world.run(500);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'command' });
    world.run(limitMs);
    expect(world.faults).toContain('boomFailedToOpen');
    expect(world.lane().barrier?.order).toBeNull();
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(1);
  });

  it('is normal again once it is down, with nothing under it any more', () => {
    const world = falling(6000);
    world.run(limitMs + 100);
    world.until(is(world, 'closed'));
    world.run(200);
    expect(world.faults).toEqual([]);
    expect(world.lane()).toMatchObject({ unfinished: null, close: null });
    expect(world.watched.get('board')).toBe('normal');
    world.set('obstruction', true);
    world.run(2000);
    expect(reopenings(world)).toEqual([]);
    world.set('obstruction', false);
    world.set('arming', false);
    world.run(300);
    arrives(world, '京B67890');
    world.until(is(world, 'open'));
  });

  it('still opens for the next car, and is then guarded no more', () => {
    const world = falling(20_000);
    world.run(limitMs + 1000);
    world.boom().travelMs = 2000;
    arrives(world, '京B67890');
    world.until(is(world, 'open'));
    expect(world.sent.at(-1)?.command.priority).toBe('command');
    world.run(100);
    expect(world.lane().unfinished).toBeNull();
    world.set('obstruction', true);
    world.run(1000);
    expect(reopenings(world)).toEqual([]);
  });

  it('keeps the other booms of its line waiting for a minute at most', () => {
    const world = falling(2000);
    world.boom().stuck = true;
    world.boom().byHand('half', world.now);
    world.run(limitMs + 1000);
    expect(world.watched.get('board')).toBe('closing');
    world.run(60_000);
    expect(world.watched.get('board')).toBe('normal');
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(1);
  });

  it('can be sent down once more by the guard, and stays guarded while that close is announced', () => {
    const world = falling(2000);
    world.boom().stuck = true;
    world.boom().byHand('half', world.now);
    world.run(limitMs + 1000);
    world.guard('guardClose');
    world.run(1000);
    expect(world.lane().close?.stage).toBe('announced');
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(1);
    world.set('obstruction', false);
    world.run(10_000);
    world.boom().stuck = false;
    world.boom().byHand('half', world.now);
    world.guard('guardClose');
    world.until(is(world, 'closed'));
    expect(world.faults).not.toContain('boomFailedToClose');
  });
});

describe('a boom that no limit shows down', () => {
  const blind: LaneChange = { barrier: { hasClosedLimit: false }, inputs: without('closedLimit') };

  it('is guarded for a second travel after it is presumed closed', () => {
    const world = falling(9000, blind);
    world.run(limitMs + 500);
    expect(world.lane().barrier).toMatchObject({ position: 'closed', basis: 'presumed' });
    expect(world.boom().isFalling).toBe(true);
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(1);
    world.until(() => world.boom().isUp);
  });

  it('is insisted on where the reopening was lost', () => {
    const world = falling(12_000, blind);
    world.run(limitMs + 500);
    world.fate = () => 'unanswered';
    world.set('obstruction', true);
    world.run(2500);
    expect(reopenings(world).length).toBeGreaterThanOrEqual(2);
  });

  it('is not guarded for ever', () => {
    const world = falling(2000, blind);
    world.run(2 * limitMs + 500);
    expect(world.lane()).toMatchObject({ unfinished: null, close: null });
    expect(world.watched.get('board')).toBe('normal');
    world.set('obstruction', true);
    world.run(2000);
    expect(reopenings(world)).toEqual([]);
  });
});

describe('the guard’s STOP', () => {
  it('is no failure to close, and the boom that stands half way stays guarded', () => {
    const world = falling(2000, { barrier: { stop: 'wired' } });
    world.run(600);
    world.guard('guardStop');
    world.run(20_000);
    expect(world.faults).toEqual([]);
    expect(world.lane().barrier?.position).toBe('stopped');
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(1);
  });

  it('is no failure to open either', () => {
    const world = gate({ barrier: { stop: 'wired' } });
    arrives(world, '京A12345');
    world.run(700);
    world.guard('guardStop');
    world.run(10_000);
    expect(world.actions()).toEqual(['pulseOpen', 'stop']);
    expect(world.faults).toEqual([]);
  });

  it('cancels a close that waits', () => {
    const world = gate({ barrier: { stop: 'wired' }, timing: { closeAfterClearMs: 3000 } });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    expect(world.lane().close?.stage).toBe('settling');
    world.guard('guardStop');
    expect(world.lane().close).toBeNull();
    world.run(30_000);
    expect(world.actions()).toEqual(['pulseOpen', 'stop']);
  });
});

describe('a close that nobody answered', () => {
  it('is guarded like one that was echoed', () => {
    const world = gate({ barrier: { travelMs: 4000 } });
    world.fate = (command) => (command.action === 'pulseClose' ? 'heardButUnanswered' : 'confirmed');
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(() => world.boom().isFalling);
    world.run(300);
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(1);
    world.until(is(world, 'open'));
  });
});

describe('reopenings count as hunting', () => {
  it.each([
    ['within 2 min', 119_000, true],
    ['not beyond', 121_000, false],
  ])('three of them %s', (_, spanMs, hunting) => {
    const world = falling(2000);
    world.run(300);
    world.set('obstruction', true);
    world.run(150);
    world.set('obstruction', false);
    world.until(is(world, 'open'));
    world.until(is(world, 'closing'));
    world.set('obstruction', true);
    world.run(150);
    world.set('obstruction', false);
    world.until(is(world, 'open'));
    world.until(is(world, 'closing'));
    // So slow that the third can be timed.
    world.boom().travelMs = 1_000_000;
    const first = world.lane().reopenings[0] ?? 0;
    world.run(first + spanMs - world.now - 50);
    expect(reopenings(world)).toHaveLength(2);
    world.set('obstruction', true);
    world.run(150);
    expect(reopenings(world)).toHaveLength(3);
    expect(world.faults.includes('obstructionHunting')).toBe(hunting);
  });
});
