/** A close on its way down is guarded to its end, whatever is asked for meanwhile, and a new one is a new decision (I2). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, fullInputs, gate, input } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const opens = (world: World) => world.actions().filter((action) => action === 'pulseOpen').length;
const closes = (world: World) => world.actions().filter((action) => action === 'pulseClose').length;
const announced = (world: World) => world.ofKind('announced').length;

/** A boom that falls by the guard's word. */
function falling(): World {
  const world = gate({}, { startsOpen: true });
  world.guard('guardClose');
  world.until(() => closes(world) === 1);
  world.run(400);
  return world;
}

describe('a boom that goes down', () => {
  it('is sent up by what comes under it also after the guard has pressed close once more', () => {
    const world = falling();
    world.guard('guardClose');
    world.run(100);
    world.set('obstruction', true);
    world.run(200);
    expect(opens(world)).toBe(1);
    world.until(() => world.boom().isUp);
  });

  it('is told to go up within half a second of the last reading of its sensors, with nobody telling of the silence', () => {
    const world = falling();
    world.silence('board', false);
    const since = world.now;
    world.until(() => world.ofKind('commanded').some(({ body }) => body.why === 'obstructionUnknown'), 1000);
    expect(world.now - since).toBeLessThanOrEqual(600);
  });

  it('by one short press of the booth’s close input goes all the way', () => {
    const world = gate({}, { startsOpen: true });
    world.set('closeButton', true);
    world.run(300);
    world.set('closeButton', false);
    world.until(() => world.boom().isDown, 15_000);
    expect(closes(world)).toBe(1);
  });
});

describe('a close behind a vehicle', () => {
  /** Just before it would go out. */
  function behind(): World {
    const world = gate({ timing: { closeAfterClearMs: 3000 } });
    arrives(world, '京A12345');
    world.until(() => world.boom().isUp);
    drivesThrough(world, 1500);
    expect([closes(world), announced(world)]).toEqual([0, 0]);
    return world;
  }

  it('is none any more once somebody has stepped under the boom: it is announced', () => {
    const world = behind();
    world.set('obstruction', true);
    world.run(500);
    world.set('obstruction', false);
    const clearAt = world.now;
    world.until(() => closes(world) === 1);
    expect(announced(world)).toBe(1);
    expect(world.now - clearAt).toBeGreaterThan(3900);
  });

  it('nor where a departure sensor shows that it was no vehicle', () => {
    const inputs = [...fullInputs, input('departure', { detects: 'vehicle' })];
    const world = gate({ inputs, timing: { closeAfterClearMs: 4000 } });
    arrives(world, '京A12345');
    world.until(() => world.boom().isUp);
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('departure', true);
    world.run(300);
    world.set('obstruction', false);
    world.run(300);
    world.set('departure', false);
    world.run(1500);
    expect([world.lane().close?.why, closes(world)]).toEqual(['behindVehicle', 0]);
    world.set('obstruction', true);
    world.run(500);
    world.set('obstruction', false);
    world.until(() => closes(world) === 1);
    expect(announced(world)).toBe(1);
  });

  it('nor once the wire has shown somebody there as the frame was to go out', () => {
    const world = behind();
    world.fate = (command) => (command.action === 'pulseClose' ? 'notClear' : 'confirmed');
    world.until(() => world.ofKind('outcome').some(({ body }) => body.result === 'notClear'));
    world.fate = () => 'confirmed';
    world.until(() => closes(world) === 1);
    expect(announced(world)).toBe(1);
  });
});

it('a boom that is held up by a contact found on is closed by letting that go', () => {
  const world = gate({ barrier: { hold: 'maintained' } }, { startsOpen: true });
  world.outputs({ open: true });
  world.run(3000);
  expect(world.faults).toContain('openContactFoundOn');
  world.guard('guardClose');
  world.until(() => world.sent.length > 0);
  expect(world.actions()[0]).toBe('holdOff');
});

it('a boom that its line has no room to watch coming down is told to stand open', () => {
  const world = gate({}, { startsOpen: true, closingsAtOnce: 0 });
  world.guard('guardClose');
  world.run(20_000);
  expect(world.faults).toContain('closeNotAdmitted');
  expect(closes(world)).toBe(0);
});

describe('whoever comes under the boom without having stood before it', () => {
  it.each([600, 2500, 5000])('may be a person: after %i ms under a boom that reopens, the close is announced', (ms) => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => world.boom().isUp);
    drivesThrough(world);
    world.until(() => closes(world) === 1);
    world.run(500);
    world.set('obstruction', true);
    world.run(ms);
    world.set('obstruction', false);
    const clearAt = world.now;
    world.until(() => closes(world) === 2);
    expect(world.now - clearAt).toBeGreaterThan(3900);
    expect(world.ofKind('passage').map(({ body }) => `${body.outcome}/${body.basis}`)).toEqual([
      ...['taken/measured', 'tailgated/inferred'],
    ]);
  });

  it('is a vehicle all the same where the departure sensor has felt it', () => {
    const world = gate({ inputs: [...fullInputs, input('departure', { detects: 'vehicle' })] });
    arrives(world, '京A12345');
    world.until(() => world.boom().isUp);
    for (const _ of [1, 2]) {
      world.set('arming', false);
      world.set('obstruction', true);
      world.run(1000);
      world.set('departure', true);
      world.run(300);
      world.set('obstruction', false);
      world.run(300);
      world.set('departure', false);
      world.run(1100);
    }
    expect(world.ofKind('passage').map(({ body }) => `${body.outcome}/${body.basis}`)).toEqual([
      ...['taken/measured', 'tailgated/measured'],
    ]);
  });
});
