/** A camera whose reply was lost sends its event again: known by its moment where it has one (protocols.md §0.3; I9). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate, without } from './lane-fixtures.ts';

const T = 1_700_000_000_000;
type Gate = ReturnType<typeof gate>;

/** A resident has come and gone. */
function passed(world: Gate, event: { readonly cameraWall: number; readonly eventId: string | null }) {
  world.set('arming', true);
  world.run(200);
  world.plate('京A12345', event);
  world.until(() => world.lane().barrier?.position === 'open');
  drivesThrough(world);
  world.until(() => world.lane().barrier?.position === 'closed');
  world.run(12_000);
  return world;
}

describe('a read of the same moment, plate and camera', () => {
  it('opens for no stranger who stands there now', () => {
    const world = passed(gate(), { cameraWall: T, eventId: null });
    world.plate('京A12345', { cameraWall: T });
    world.run(1500);
    world.set('arming', true);
    world.run(500);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(1);
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('resent');
  });

  it('opens nothing where no sensor is, nor after a restart', () => {
    const world = passed(gate({ inputs: without('arming') }), { cameraWall: T, eventId: null });
    world.plate('京A12345', { cameraWall: T });
    world.run(500);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(1);
    const after = gate({ inputs: without('arming') });
    const heard = { lane: 'east', device: 'camera', eventId: null, cameraWall: T, raw: '京A12345' };
    after.request({ kind: 'recall', heard: [heard] });
    after.plate('京A12345', { cameraWall: T });
    after.run(500);
    expect(after.sent).toEqual([]);
  });

  it('is no second frame that agrees: it confirms no emergency vehicle', () => {
    const world = gate({ inputs: without('arming') });
    const seen = { color: 'white', confidence: 0.5, cameraWall: 5 } as const;
    world.plate('京X1234应急', seen);
    world.run(50);
    world.plate('京X1234应急', seen);
    world.plate('京X·1234应急', seen);
    world.run(200);
    expect(world.sent).toEqual([]);
    world.plate('京X1234应急', { ...seen, cameraWall: 6 });
    world.run(200);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});

describe('a camera whose clock stands still', () => {
  it('keeps nobody out whose event has an id of its own', () => {
    const world = passed(gate(), { cameraWall: T, eventId: 'e1' });
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { cameraWall: T, eventId: 'e2' });
    world.run(500);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(2);
  });
});

describe('a camera that calls every event by one id', () => {
  it('keeps nobody out who comes back minutes later', () => {
    const world = passed(gate(), { cameraWall: T, eventId: 'ONE' });
    world.run(200_000);
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { cameraWall: T + 220_000, eventId: 'ONE' });
    world.run(500);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(2);
  });

  it('nor after a restart between', () => {
    const world = gate();
    const heard = { lane: 'east', device: 'camera', eventId: 'ONE', cameraWall: T, raw: '京A12345' };
    world.request({ kind: 'recall', heard: [heard] });
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { cameraWall: T + 20_000, eventId: 'ONE' });
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is still known by it where it gives no time', () => {
    const world = gate();
    arrives(world, '京Z00000');
    world.plate('京A12345', { eventId: 'ONE' });
    world.plate('京A12345', { eventId: 'ONE' });
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('resent');
  });
});
