/** The lamp or buzzer that warns before a boom comes down with no vehicle directly before (gate.md "Closing"). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, fullInputs, gate, input, type LaneChange, loopInputs } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const at = (world: Gate, action: string) => world.sent.find(({ command }) => command.action === action)?.at ?? 0;
const lamp = (world: Gate) => world.actions().filter((action) => action.startsWith('announce'));

function lamped(change: LaneChange = {}, options: Parameters<typeof gate>[1] = {}): Gate {
  const { barrier = {}, ...rest } = change;
  return gate({ ...rest, barrier: { announce: 'wired', ...barrier } }, options);
}

/** A car is let in and stays where it is. */
function notTaken(world: Gate): void {
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  world.set('arming', false);
}

describe('an announcing lamp', () => {
  it('is on from 3 s before a close that follows no vehicle until the boom is down', () => {
    const world = lamped();
    notTaken(world);
    world.until(() => world.actions().includes('announceOn'));
    world.until(is(world, 'closing'));
    expect(lamp(world)).toEqual(['announceOn']);
    expect(at(world, 'pulseClose') - at(world, 'announceOn')).toBeGreaterThanOrEqual(3000);
    world.until(is(world, 'closed'));
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen', 'announceOn', 'pulseClose', 'announceOff']);
    expect(world.faults).toEqual([]);
  });

  it('stays dark for a close directly behind a vehicle', () => {
    const world = lamped();
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(is(world, 'closed'));
    world.run(1000);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
  });

  it('is lit by a recorded command, and its 3 s count from when it went out', () => {
    const world = lamped();
    notTaken(world);
    world.slowJournal(250);
    world.until(() => world.actions().includes('pulseClose'));
    expect(at(world, 'pulseClose') - at(world, 'announceOn')).toBeGreaterThanOrEqual(3000);
    const lit = world.sent.find(({ command }) => command.action === 'announceOn')?.command;
    expect(lit?.after).not.toBeNull();
  });

  it('is waited for, however slow it answers: nothing closes before it is known to be lit', () => {
    const world = lamped({ timing: { announceMs: 100 } });
    notTaken(world);
    world.slowJournal(250);
    world.until(is(world, 'closed'));
    const of = (kind: string, action: string) =>
      world.records.findIndex((record) => record.kind === kind && record.body.action === action);
    expect(of('outcome', 'announceOn')).toBeGreaterThan(0);
    expect(of('commanded', 'pulseClose')).toBeGreaterThan(of('outcome', 'announceOn'));
  });

  it('keeps no opening waiting, and is dark again', () => {
    const world = lamped();
    notTaken(world);
    world.until(() => world.actions().includes('announceOn'));
    const pressed = world.now;
    world.guard('guardOpen');
    expect(world.sent.at(-1)).toMatchObject({ at: pressed, command: { action: 'pulseOpen', after: null } });
    world.run(200);
    expect(lamp(world)).toEqual(['announceOn', 'announceOff']);
  });

  it('goes dark while something stands under the boom, and warns anew', () => {
    const world = lamped({ inputs: [...fullInputs, input('departure')] });
    notTaken(world);
    world.until(() => world.actions().includes('announceOn'));
    world.set('obstruction', true);
    world.run(1000);
    expect(lamp(world)).toEqual(['announceOn', 'announceOff']);
    world.set('obstruction', false);
    world.until(is(world, 'closed'));
    world.run(100);
    expect(lamp(world)).toEqual(['announceOn', 'announceOff', 'announceOn', 'announceOff']);
    const again = world.sent.filter(({ command }) => command.action === 'announceOn').at(-1)?.at ?? 0;
    expect(at(world, 'pulseClose') - again).toBeGreaterThanOrEqual(3000);
  });

  it('stays on for the pulse that follows the release of a hold', () => {
    const world = lamped({ barrier: { hold: 'holdInput' } });
    world.boom().staysOnRelease = true;
    world.boom().travelMs = 1500;
    world.claim('hold');
    world.until(is(world, 'open'));
    world.release('hold');
    world.until(is(world, 'closed'));
    world.run(100);
    expect(world.actions()).toEqual(['holdOn', 'announceOn', 'holdOff', 'pulseClose', 'announceOff']);
  });
});

describe('a lamp that does not answer', () => {
  it.each(['unanswered', 'refused', 'unreachable'] as const)(
    '(%s) announces nothing: the boom stays open, and it is tried again later',
    (fate) => {
      const world = lamped();
      notTaken(world);
      world.fate = (command) => (command.action === 'announceOn' ? fate : 'confirmed');
      world.until(() => world.faults.includes('announceFailed'));
      world.run(20_000);
      expect(world.actions()).not.toContain('pulseClose');
      expect(world.boom().isUp).toBe(true);
      world.fate = () => 'confirmed';
      world.until(is(world, 'closed'));
      expect(world.faults).not.toContain('announceFailed');
    },
  );

  it('is switched off, should it have heard all the same', () => {
    const world = lamped();
    notTaken(world);
    world.fate = (command) => (command.action === 'announceOn' ? 'heardButUnanswered' : 'confirmed');
    world.until(() => world.faults.includes('announceFailed'));
    world.until(() => lamp(world).length === 2, 70_000);
    expect(lamp(world)).toEqual(['announceOn', 'announceOff']);
  });

  it('does not keep a guard from closing who watches', () => {
    const world = lamped({ inputs: loopInputs });
    notTaken(world);
    world.fate = (command) => (command.action === 'announceOn' ? 'unanswered' : 'confirmed');
    const pressed = world.now;
    world.guard('guardClose');
    world.until(is(world, 'closed'));
    expect(at(world, 'pulseClose') - pressed).toBeGreaterThanOrEqual(3000);
    expect(world.faults).toContain('announceFailed');
  });

  it('when it is to go dark is asked again once a minute, and not at all while its board is silent', () => {
    const world = lamped();
    notTaken(world);
    world.fate = (command) => (command.action === 'announceOff' ? 'unanswered' : 'confirmed');
    world.until(is(world, 'closed'));
    world.run(130_000);
    expect(lamp(world)).toEqual(['announceOn', 'announceOff', 'announceOff', 'announceOff']);
    const asked = () => world.ofKind('commanded').filter(({ body }) => body.action === 'announceOff').length;
    world.silence();
    world.run(600_000);
    expect(asked()).toBe(3);
    world.fate = () => 'confirmed';
    world.bringBack();
    world.run(70_000);
    expect(lamp(world)).toHaveLength(5);
    expect(world.faults).not.toContain('announceFailed');
  });
});

describe('a lamp that a crash left on', () => {
  it('is read at start and switched off by a recorded command, which moves no boom', () => {
    const world = lamped({}, { startsOpen: true });
    world.outputs({ open: false, close: false, announce: true });
    world.run(200);
    world.outputs({ open: false, close: false, announce: false });
    world.run(20_000);
    expect(world.actions()).toEqual(['announceOff']);
    expect(world.sent[0]?.command.after).not.toBeNull();
    expect(world.boom().isUp).toBe(true);
    expect(world.faults).toEqual([]);
  });
});

describe('without a lamp', () => {
  it('the announcement is the record, as long before', () => {
    const world = gate();
    notTaken(world);
    world.until(() => world.ofKind('announced').length === 1);
    const announced = world.now;
    world.until(() => world.actions().includes('pulseClose'));
    expect(at(world, 'pulseClose') - announced).toBeGreaterThanOrEqual(2950);
    expect(lamp(world)).toEqual([]);
  });
});
