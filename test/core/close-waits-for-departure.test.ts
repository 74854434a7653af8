import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, fullInputs, gate, input, outcomes, twoWay } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const departing = [...fullInputs, input('departure', { device: 'street', detects: 'vehicle' })];

/** A granted car has gone under the boom and stands on the departure sensor. */
function standsOnDeparture(world: Gate = gate({ inputs: departing })): Gate {
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  world.set('arming', false);
  world.set('obstruction', true);
  world.run(800);
  world.set('departure', true, 'street');
  world.run(200);
  world.set('obstruction', false);
  world.run(300);
  return world;
}

describe('a car that stands on the departure sensor', () => {
  it('keeps the boom up for as long as it stands there, with a fault, and is no tailgater when it leaves', () => {
    const world = standsOnDeparture();
    world.run(180_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('heldOpenTooLong');
    world.set('departure', false, 'street');
    world.until(is(world, 'closed'));
    world.run(1000);
    expect(outcomes(world)).toEqual(['unknown/inferred']);
    expect(world.ofKind('announced')).not.toHaveLength(0);
    expect(world.faults).toEqual([]);
  });

  it('is closed behind by a guard who watches, and is no tailgater either', () => {
    const world = standsOnDeparture();
    world.guard('guardClose');
    world.until(is(world, 'closed'));
    world.set('departure', false, 'street');
    world.run(5000);
    expect(outcomes(world)).toEqual(['unknown/inferred']);
  });

  it('is not closed behind by a guard who is elsewhere', () => {
    const world = standsOnDeparture();
    world.request({ kind: 'guardClose', lane: 'east', by: { via: 'cli', name: '王' } });
    world.run(20_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.set('departure', false, 'street');
    world.until(is(world, 'closed'));
  });

  it('does not hide an obstruction from the guard’s close', () => {
    const world = standsOnDeparture();
    world.set('obstruction', true);
    world.guard('guardClose');
    world.run(20_000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it.each([
    ['nobody drove through', (world: Gate) => world.run(65_000)],
    ['a claim ended', (world: Gate) => world.release('hold')],
  ])('holds up every other close as well: %s', (why, happens) => {
    const world = gate({ inputs: departing });
    if (why === 'a claim ended') world.claim('hold');
    else {
      arrives(world, '京A12345');
      world.set('arming', false);
    }
    world.until(is(world, 'open'));
    world.set('departure', true, 'street');
    world.run(300);
    happens(world);
    world.run(10_000);
    expect(world.actions()).not.toContain('pulseClose');
    expect(world.lane().close?.stage).toBe('settling');
    world.set('departure', false, 'street');
    world.until(is(world, 'closed'));
  });
});

describe('a departure sensor that falls silent', () => {
  it('keeps the boom up, with a fault, until it is read again', () => {
    const world = gate({ inputs: departing });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(800);
    world.silence('street');
    world.set('obstruction', false);
    world.run(120_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('heldOpenTooLong');
    world.bringBack('street');
    world.until(is(world, 'closed'));
    expect(outcomes(world)).toEqual(['unknown/inferred']);
  });
});

describe('a two-way lane', () => {
  function bothGranted(): Gate {
    const world = gate(twoWay);
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    world.set('armingOut', true);
    world.run(200);
    world.plate('京B67890', { device: 'cameraOut' });
    world.run(500);
    return world;
  }

  it('opens for the car of the other side although the first one has backed away, and only then counts its time', () => {
    const world = bothGranted();
    world.set('arming', false);
    world.until(() => outcomes(world).length > 0);
    expect(world.ofKind('passage')[0]).toMatchObject({ direction: 'in', body: { outcome: 'notTaken' } });
    expect(world.lane().grants.map(({ direction, opening }) => [direction, opening])).toEqual([['out', 'opened']]);
    expect(world.ofKind('alreadyOpen')[0]?.body).toMatchObject({ waitedFor: 'oppositeCar' });
    world.run(15_000);
    expect(world.lane().grants).toHaveLength(1);
    world.set('armingOut', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('arming', true);
    world.set('obstruction', false);
    world.run(500);
    world.set('arming', false);
    world.until(() => outcomes(world).length === 2);
    expect(outcomes(world)[1]).toBe('taken/measured');
  });

  it('ends the second grant too when nobody uses it', () => {
    const world = bothGranted();
    world.set('arming', false);
    world.until(() => outcomes(world).length === 2, 60_000);
    expect(world.lane().grants).toEqual([]);
    world.set('armingOut', false);
    world.until(is(world, 'closed'));
  });

  it('does not take the car that waits on the other side for the departure of the first', () => {
    const world = bothGranted();
    world.set('armingOut', false);
    world.run(3000);
    expect(outcomes(world)).toEqual([]);
    expect(world.lane().crossing).toBeNull();
    world.set('armingOut', true);
    world.run(300);
    drivesThrough(world);
    expect(outcomes(world)).toEqual(['taken/measured']);
    expect(world.lane().grants.map(({ direction, opening }) => [direction, opening])).toEqual([['out', 'opened']]);
  });
});
