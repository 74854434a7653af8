import { describe, expect, it } from 'vitest';
import { fullInputs, gate, input, without } from './lane-fixtures.ts';
import { claims, fire, isOpen, laneOf, out, release, road } from './emergency-world.ts';

const key = 'button:in-board.button';
const press = (world: ReturnType<typeof road>, on: boolean) => world.set('button', on, 'in-board');
const lampOf = (world: ReturnType<typeof gate>) =>
  world.sent.flatMap(({ at, command }) =>
    command.action.startsWith('announce') ? [[command.action, at] as const] : [],
  );

describe('the guard’s button', () => {
  it('held for 5 s latches an emergency over all that it reaches, and letting it go ends nothing (I3)', () => {
    const world = road();
    press(world, true);
    world.run(4800);
    expect(world.site.emergencies).toEqual([]);
    world.run(500);
    expect(claims(world)).toEqual({ in: [key], out: [key], side: [] });
    press(world, false);
    world.until(isOpen(world, 'in', 'out'));
    world.run(300_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    release(world, key, 'out');
    expect(claims(world)).toEqual({ in: [], out: [], side: [] });
  });

  it('reaches as far as is said at the input', () => {
    const inputs = [...without('button'), input('button', { reach: 'lane' })];
    const world = road([laneOf('in', { inputs }), laneOf('out', out)]);
    press(world, true);
    world.run(6000);
    expect(claims(world)).toEqual({ in: [key], out: [] });
  });

  it('let go before, however often, opens and latches nothing', () => {
    const world = road();
    for (let presses = 0; presses < 4; presses++) {
      press(world, true);
      world.run(4500);
      press(world, false);
      world.run(300);
    }
    expect(world.site.emergencies).toEqual([]);
    expect(world.lane('in').barrier?.position).toBe('open');
  });

  it('that is not read meanwhile has not been held: the time begins anew (I12)', () => {
    const world = road();
    press(world, true);
    world.run(4000);
    world.silence('in-board');
    world.run(3000);
    world.bringBack('in-board');
    world.run(4500);
    expect(world.site.emergencies).toEqual([]);
    world.run(1500);
    expect(world.site.emergencies).toHaveLength(1);
  });

  it('latches no fire’s release: the two are causes of their own', () => {
    const world = road();
    press(world, true);
    fire(world);
    world.run(6000);
    press(world, false);
    fire(world, 'in', false);
    world.run(300);
    release(world, 'fire:in-board.fire');
    expect(claims(world)).toEqual({ in: [key], out: [key], side: [] });
    expect(isOpen(world, 'in', 'out')()).toBe(true);
  });

  it('is released only once it is let go, or found stuck; a stuck one stays open until then, and latches nothing again', () => {
    const world = road();
    press(world, true);
    world.run(10_000);
    release(world, key);
    expect(world.ofKind('releaseRefused').at(-1)?.body.refused).toBe('contactNotNormal');
    world.run(55_000);
    expect(world.faults).toContain('buttonStuck');
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    release(world, key);
    world.run(60_000);
    expect(world.site.emergencies).toEqual([]);
    press(world, false);
    world.run(500);
    press(world, true);
    world.run(6000);
    expect(world.site.emergencies).toHaveLength(1);
  });
});

describe('the lamp at the boom', () => {
  const lamped = () => gate({ barrier: { announce: 'wired', hold: 'maintained' }, inputs: fullInputs });

  it('is lit from 3 s on, so that the guard can still let go, and goes dark with the button', () => {
    const world = lamped();
    const from = world.now;
    world.set('button', true);
    world.run(4000);
    const [lit, ...more] = lampOf(world);
    expect([lit?.[0], more]).toEqual(['announceOn', []]);
    expect((lit?.[1] ?? 0) - from).toBeGreaterThanOrEqual(3000);
    expect((lit?.[1] ?? 0) - from).toBeLessThan(3300);
    world.set('button', false);
    world.run(300);
    expect(lampOf(world).map(([action]) => action)).toEqual(['announceOn', 'announceOff']);
    expect(world.site.emergencies).toEqual([]);
  });

  it('goes dark under a stuck button, and announces the close that a person orders all the same', () => {
    const world = lamped();
    world.set('button', true);
    world.run(62_000);
    expect(lampOf(world).map(([action]) => action)).toEqual(['announceOn', 'announceOff']);
    world.release('button:board.button');
    world.guard('guardClose');
    world.until(() => world.lane().barrier?.position === 'closed');
    expect(lampOf(world).map(([action]) => action)).toEqual([
      ...['announceOn', 'announceOff'],
      ...['announceOn', 'announceOff'],
    ]);
  });

  it('that may not have gone dark is lit anew for a close, whose time counts from its answer', () => {
    const world = lamped();
    world.set('button', true);
    world.run(4000);
    world.fate = ({ action }) => (action === 'announceOff' ? 'unanswered' : 'confirmed');
    world.slowJournal(250);
    world.set('button', false);
    world.run(150);
    world.guard('guardClose');
    world.until(() => world.lane().barrier?.position === 'closed');
    const closedAt = world.sent.find(({ command }) => command.action === 'pulseClose')?.at ?? 0;
    const lit = lampOf(world).flatMap(([action, at]) => (action === 'announceOn' && at < closedAt ? [at] : []));
    expect(lit).toHaveLength(2);
    expect(closedAt - (lit[1] ?? 0)).toBeGreaterThanOrEqual(3000);
  });
});
