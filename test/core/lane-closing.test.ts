import { describe, expect, it } from 'vitest';
import {
  arrives,
  drivesThrough,
  eastLane,
  fullInputs,
  gate,
  input,
  list,
  loopInputs,
  without,
} from './lane-fixtures.ts';
import { World } from './lane-harness.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

function openedFor(world: Gate, plate = '京A12345'): Gate {
  arrives(world, plate);
  world.until(is(world, 'open'));
  return world;
}

describe('a close behind a vehicle', () => {
  it('waits until the obstruction has been clear for clearFor without a break (I2)', () => {
    const world = openedFor(gate({ timing: { clearForMs: 3000 } }));
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('obstruction', false);
    const cleared = world.now;
    world.until(() => world.actions().includes('pulseClose'));
    expect(world.now - cleared).toBeGreaterThanOrEqual(3000);
  });

  it('starts its clearance anew when one read shows something', () => {
    const world = openedFor(gate());
    drivesThrough(world, 800);
    world.set('obstruction', true);
    world.run(100);
    world.set('obstruction', false);
    const cleared = world.now;
    world.until(() => world.actions().includes('pulseClose'));
    expect(world.now - cleared).toBeGreaterThanOrEqual(1000);
  });

  it('waits for the departure sensor where there is one', () => {
    const world = openedFor(gate({ inputs: [...fullInputs, input('departure')] }));
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('departure', true);
    world.run(300);
    world.set('obstruction', false);
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.set('departure', false);
    world.until(is(world, 'closed'));
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'taken', basis: 'measured' });
  });

  it('is announced after all when somebody has come under the boom meanwhile', () => {
    const world = openedFor(gate({ inputs: [...fullInputs, input('departure')] }));
    world.set('arming', false);
    world.set('obstruction', true);
    world.set('departure', true);
    world.run(1000);
    world.set('obstruction', false);
    world.set('departure', false);
    world.run(300);
    world.set('obstruction', true);
    world.run(5000);
    world.set('obstruction', false);
    world.until(() => world.actions().includes('pulseClose'));
    expect(world.ofKind('announced')).toHaveLength(1);
  });

  it('does not come while another grant is not driven yet', () => {
    const world = openedFor(gate());
    world.set('arming', false);
    world.run(200);
    arrives(world, '京B67890');
    drivesThrough(world);
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen']);
    drivesThrough(world);
    world.until(is(world, 'closed'));
  });

  it('waits for the boom to be up before it is sent down', () => {
    const world = gate({ barrier: { travelMs: 6000 } });
    arrives(world, '京A12345');
    world.run(1000);
    drivesThrough(world);
    world.until(() => world.actions().includes('pulseClose'));
    expect(world.boom().height).toBe(1);
  });

  it('is read attentively while it lasts, and as usual afterwards', () => {
    const world = openedFor(gate());
    drivesThrough(world);
    world.until(is(world, 'closing'));
    expect(world.watched.get('board')).toBe('closing');
    world.until(is(world, 'closed'));
    world.run(100);
    expect(world.watched.get('board')).toBe('normal');
    expect(world.lane().close).toBeNull();
  });
});

describe('an opening that nobody drove through', () => {
  it('ends announced, 3 s before, when its time is over', () => {
    const world = openedFor(gate());
    world.set('arming', false);
    world.until(() => world.ofKind('announced').length === 1);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'notTaken', basis: 'measured' });
    const announcedAt = world.ofKind('announced')[0]?.at.mono ?? 0;
    world.until(() => world.actions().includes('pulseClose'));
    expect((world.sent.at(-1)?.at ?? 0) - announcedAt).toBeGreaterThanOrEqual(3000);
  });

  it('stays open with a fault where no sensor sees people and nobody watches', () => {
    const world = openedFor(gate({ inputs: loopInputs }));
    world.set('arming', false);
    world.run(300_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('heldOpenTooLong');
    world.guard('guardClose');
    world.until(is(world, 'closed'));
    expect(world.ofKind('announced')).toHaveLength(1);
    expect(world.faults).toEqual([]);
  });

  it('is not over while a car stands under the boom', () => {
    const world = openedFor(gate());
    world.run(15_000);
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(10_000);
    expect(world.ofKind('passage')).toEqual([]);
    world.set('obstruction', false);
    world.run(1300);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'taken', basis: 'measured' });
  });
});

describe('software closes nothing', () => {
  it.each([
    ['without an obstruction input', { inputs: without('obstruction') }],
    ['on a lane that is not signed off', { commissioned: false }],
    ['where the board owns closing', { barrier: { autoClose: 'board' as const } }],
    ['on a step input, which could not reopen at once', { barrier: { openInput: 'step' as const } }],
  ])('%s', (_, change) => {
    const world = gate(change);
    world.guard('guardOpen');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.run(180_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('boomFoundOpen');
  });

  it('while the obstruction is unknown, and says so', () => {
    const world = openedFor(gate({ timing: { closeAfterClearMs: 3000 } }));
    drivesThrough(world);
    world.mute('obstruction');
    world.run(30_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('obstructionUnknown');
  });

  it('while a button is pressed', () => {
    const world = gate();
    world.set('button', true);
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.run(90_000);
    // Held for so long it has latched an emergency, which says its opening too.
    const opened = ['pulseOpen', 'pulseOpen'];
    expect(world.actions()).toEqual(opened);
    expect(world.faults).toContain('buttonStuck');
    // Its release by somebody who is not there closes nothing either.
    world.release('button:board.button', { via: 'cli', name: '王' });
    world.run(90_000);
    expect(world.actions()).toEqual(opened);
    world.guard('guardClose');
    world.until(is(world, 'closed'));
    world.set('button', false);
    world.run(300);
    expect(world.faults).not.toContain('buttonStuck');
  });

  it('on obstruction inputs of another board whose reading will be too old', () => {
    const inputs = [...without('obstruction'), input('obstruction', { device: 'radar', detects: 'both' })];
    const world = openedFor(gate({ inputs }));
    world.set('arming', false);
    world.set('obstruction', true, 'radar');
    world.run(1000);
    world.set('obstruction', false, 'radar');
    world.journal = 280;
    world.run(10_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.journal = 50;
    world.until(is(world, 'closed'));
  });
});

describe('a line that can watch one closing boom', () => {
  it('lets the second wait open until the first is down', () => {
    const west = (device: string) => fullInputs.map((one) => ({ ...one, device }));
    const lanes = [
      eastLane(),
      {
        ...eastLane({ barrier: { device: 'board2' }, inputs: west('board2') }),
        id: 'west',
        cameras: [{ device: 'camera2', direction: 'in' as const }],
      },
    ];
    const world = new World({ lanes, rows: list, closingsAtOnce: 1 });
    world.run(500);
    world.guard('guardOpen');
    world.guard('guardOpen', 'west');
    world.run(4000);
    for (const device of ['board', 'board2']) world.set('obstruction', true, device);
    world.run(1000);
    for (const device of ['board', 'board2']) world.set('obstruction', false, device);
    world.until(() => world.actions().filter((action) => action === 'pulseClose').length === 2);
    const [first, second] = world.sent.filter(({ command }) => command.action === 'pulseClose');
    const firstDown = world.records.find(
      (one) => one.lane === first?.command.lane && one.body.to === 'closed' && one.at.mono > 2000,
    );
    expect(second?.at).toBeGreaterThanOrEqual(firstDown?.at.mono ?? Number.POSITIVE_INFINITY);
  });
});

describe('a maintained OPEN', () => {
  const maintained = { open: 'maintained' as const, hold: 'maintained' as const, close: 'none' as const };

  it('is let go as a close like any other, with clearance', () => {
    const world = openedFor(gate({ barrier: maintained }));
    expect(world.actions()).toEqual(['holdOn']);
    drivesThrough(world);
    world.until(is(world, 'closed'));
    expect(world.actions()).toEqual(['holdOn', 'holdOff']);
    expect(world.sent.at(-1)?.command.onlyIfClear).toEqual(['obstruction']);
  });

  it('is followed by the close pulse where the boom does not fall by itself', () => {
    const world = gate({ barrier: { hold: 'holdInput' } });
    world.claim('hold', 'convoy');
    world.until(is(world, 'open'));
    world.boom().stuck = true;
    world.release('convoy');
    world.until(() => world.actions().includes('holdOff'));
    world.boom().stuck = false;
    world.boom().byHand('up', world.now);
    world.until(() => world.actions().includes('pulseClose'));
    world.until(is(world, 'closed'));
  });

  it('found on at start is reported, and released only by a person, recorded and under I2', () => {
    const world = gate({ barrier: maintained }, { startsOpen: true });
    world.outputs({ open: true });
    world.run(1000);
    expect(world.faults).toContain('openContactFoundOn');
    expect(world.sent).toEqual([]);
    world.guard('guardClose');
    world.until(() => world.sent.length > 0);
    expect(world.actions()).toEqual(['holdOff']);
    world.outputs({ open: false });
    world.run(5000);
    expect(world.faults).not.toContain('openContactFoundOn');
  });
});
