/** Hold-to-run: a boom that comes down only while somebody who watches holds it (gate.md "Closing"). */
import { describe, expect, it } from 'vitest';
import { eastLane, fullInputs, gate, type LaneChange, loopInputs } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const li = { via: 'cli', name: '李' };
const stopWired: LaneChange = { barrier: { stop: 'wired', travelMs: 4000 } };

function standsOpen(change: LaneChange = stopWired): World {
  return gate(change, { startsOpen: true });
}

const say = (world: World, holder = 'session-1') => world.request({ kind: 'holdClose', lane: 'east', by: li, holder });
const letGo = (world: World, holder = 'session-1') =>
  world.request({ kind: 'letGoClose', lane: 'east', by: li, holder });

function holds(world: World, ms: number, holder = 'session-1'): void {
  for (let held = 0; held < ms; held += 100) {
    say(world, holder);
    world.run(100);
  }
}

const heldDown = (world: World): World => {
  for (let held = 0; !world.boom().isFalling && held < 100; held++) holds(world, 100);
  holds(world, 500);
  expect(world.boom().height).toBeLessThan(1);
  return world;
};
const sentAt = (world: World, action: string) => world.sent.findLast(({ command }) => command.action === action)?.at;

describe('a close that a person holds', () => {
  it('is announced, goes down under I2 and is on record with his name', () => {
    const world = standsOpen();
    holds(world, 12_000);
    expect(world.actions()).toEqual(['pulseClose']);
    expect(world.boom().isDown).toBe(true);
    expect((sentAt(world, 'pulseClose') ?? 0) - (world.ofKind('announced')[0]?.at.mono ?? 0)).toBeGreaterThanOrEqual(
      3000,
    );
    const pressed = world.ofKind('pressed')[0];
    expect(pressed?.body).toMatchObject({ what: 'closeHeld', via: 'cli', refused: null });
    expect(pressed?.personal).toEqual({ by: '李' });
    letGo(world);
    world.run(2000);
    expect(world.actions()).toEqual(['pulseClose']);
  });

  it('stops the boom as it is let go, before any record', () => {
    const world = heldDown(standsOpen());
    letGo(world);
    expect(world.sent.at(-1)).toMatchObject({ at: world.now, command: { action: 'stop', after: null } });
    const height = world.boom().height;
    world.run(3000);
    expect(world.boom().height).toBe(height);
    expect(world.actions()).toEqual(['pulseClose', 'stop']);
  });

  it('is let go by a session that is heard no more: STOP within 500 ms of its last word', () => {
    const world = heldDown(standsOpen());
    say(world);
    const heardAt = world.now;
    world.run(500);
    expect(world.actions()).toEqual(['pulseClose', 'stop']);
    expect((sentAt(world, 'stop') ?? 0) - heardAt).toBeLessThanOrEqual(500);
    expect(world.ofKind('closeLetGo')[0]?.body).toMatchObject({ why: 'lost' });
  });

  it('goes up as it is let go where STOP is not wired', () => {
    const world = heldDown(standsOpen({ barrier: { travelMs: 4000 } }));
    letGo(world);
    expect(world.sent.at(-1)).toMatchObject({ at: world.now, command: { action: 'pulseOpen', priority: 'reopen' } });
    world.run(5000);
    expect(world.boom().isUp).toBe(true);
  });

  it('goes up where the STOP is not answered', () => {
    const world = heldDown(standsOpen());
    world.fate = ({ action }) => (action === 'stop' ? 'unanswered' : 'confirmed');
    letGo(world);
    world.run(5000);
    expect(world.actions().slice(0, 3)).toEqual(['pulseClose', 'stop', 'pulseOpen']);
    expect(world.boom().isUp).toBe(true);
  });

  it('let go while it is announced sends nothing', () => {
    const world = standsOpen();
    holds(world, 2000);
    letGo(world);
    world.run(20_000);
    expect(world.sent).toEqual([]);
  });

  it('is reopened by what comes under the boom, and takes a new hold to close again (I2)', () => {
    const world = heldDown(standsOpen({ inputs: loopInputs, barrier: { ...stopWired.barrier, autoClose: 'board' } }));
    world.set('obstruction', true);
    holds(world, 200);
    expect(world.actions()).toEqual(['pulseClose', 'pulseOpen']);
    world.set('obstruction', false);
    holds(world, 20_000);
    expect(world.actions()).toEqual(['pulseClose', 'pulseOpen']);
    letGo(world);
    holds(world, 12_000, 'session-2');
    expect(world.boom().isDown).toBe(true);
  });

  it('let go while it is being reopened stops nothing: whoever stands under the boom must come free', () => {
    const world = heldDown(standsOpen());
    world.set('obstruction', true);
    world.until(() => world.actions().includes('pulseOpen'), 1000);
    letGo(world);
    world.run(8000);
    expect(world.actions()).not.toContain('stop');
    expect(world.boom().isUp).toBe(true);
  });

  it('is the only one: a car that drives off meanwhile is not closed behind, and letting go still stops', () => {
    const world = standsOpen({ ...stopWired, inputs: loopInputs });
    holds(world, 300);
    world.set('obstruction', true);
    holds(world, 1500);
    world.set('obstruction', false);
    for (let held = 0; !world.boom().isFalling && held < 100; held++) holds(world, 100);
    expect(world.ofKind('announced')).not.toEqual([]);
    letGo(world);
    world.run(1000);
    expect(world.actions()).toEqual(['pulseClose', 'stop']);
  });

  it('belongs to one session: another one neither holds nor lets go', () => {
    const world = heldDown(standsOpen());
    say(world, 'session-2');
    expect(world.ofKind('pressed').at(-1)?.body).toMatchObject({ refused: 'heldByAnother' });
    letGo(world, 'session-2');
    holds(world, 6000);
    expect(world.actions()).toEqual(['pulseClose']);
    expect(world.boom().isDown).toBe(true);
  });

  it.each([
    ['a server far away', { via: 'upstream', name: '李' }, {}, 'needsPersonOnTheSpot'],
    ['nobody’s name', { via: 'cli', name: null }, {}, 'needsNamedPerson'],
    ['a lane that is not signed off', li, { commissioned: false }, 'notCommissioned'],
    ['a lane without an obstruction input', li, { inputs: fullInputs.slice(0, 3) }, 'noCloseBySoftware'],
  ])('is refused to %s', (_, by, change, refused) => {
    const world = standsOpen({ ...stopWired, ...change });
    world.request({ kind: 'holdClose', lane: 'east', by, holder: 'session-1' });
    world.run(6000);
    expect(world.sent).toEqual([]);
    expect(world.ofKind('pressed').at(-1)?.body.refused).toBe(refused);
  });

  it('yields to an emergency and to the guard’s opening in mid-close', () => {
    const world = heldDown(standsOpen({ ...stopWired, barrier: { ...stopWired.barrier, hold: 'holdInput' } }));
    world.claim('emergency');
    holds(world, 5000);
    letGo(world);
    world.run(2000);
    expect(world.boom().isUp).toBe(true);
    expect(world.actions()).not.toContain('stop');
    say(world, 'session-2');
    expect(world.ofKind('pressed').at(-1)?.body.refused).toBe('emergency');
  });

  it('does not outlive a reload: the hold that lasts over it closes nothing more (I17)', () => {
    const world = standsOpen();
    holds(world, 2000);
    world.replace([eastLane({ ...stopWired, name: '东门' })]);
    holds(world, 10_000);
    expect(world.sent).toEqual([]);
  });
});

describe('a close that a person holds where nothing measures the boom', () => {
  const unmeasured: LaneChange = {
    inputs: loopInputs.filter((one) => !one.role.endsWith('Limit')),
    barrier: { hold: 'holdInput', stop: 'wired', hasOpenLimit: false, hasClosedLimit: false, travelMs: 4000 },
  };

  it('stops it also between the end of its hold and the close pulse', () => {
    const world = gate(unmeasured);
    world.claim('hold', 'convoy');
    world.run(10_000);
    world.release('convoy', { via: 'cli', name: '王' });
    for (let held = 0; !world.actions().includes('holdOff') && held < 200; held++) holds(world, 100);
    holds(world, 200);
    // The pulse waits for a record that cannot be written.
    world.breakJournal();
    for (let held = 0; world.lane().close?.stage === 'moving' && held < 50; held++) holds(world, 100);
    expect(world.lane().close?.stage).toBe('settling');
    letGo(world);
    expect(world.sent.at(-1)?.command.action).toBe('stop');
  });
});
