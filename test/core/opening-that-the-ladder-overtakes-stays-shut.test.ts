/** What was granted before an out-of-service, a lockdown or a block came opens no more, unless it is on its way (gate.md ladder). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate, list, neighbour, outcomes, resident, visitor } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const opens = (world: Gate) => world.actions().filter((action) => action === 'pulseOpen').length;
const last = (world: Gate) => world.ofKind('decision').at(-1)?.body;
const overtaken = (world: Gate) => world.ofKind('passage').filter(({ body }) => body.why === 'overtaken');

/** The boom is up for one car; the grant of the next waits for that passage. */
function oneWaits(plate = '京B67890') {
  const world = gate({ barrier: { autoClose: 'board' } });
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  world.plate(plate);
  world.run(200);
  expect(world.lane().grants).toHaveLength(2);
  return world;
}

describe.each(['outOfService', 'lockdown'] as const)('a grant that waits when %s comes', (purpose) => {
  it('ends unopened, and the car that stands there is told', () => {
    const world = oneWaits();
    world.claim(purpose);
    world.run(100);
    expect(overtaken(world)).toHaveLength(1);
    expect(overtaken(world)[0]?.body).toMatchObject({ outcome: 'notTaken', basis: 'measured', rowId: 'r2' });
    expect(last(world)).toMatchObject({
      outcome: 'denied',
      code: purpose === 'lockdown' ? 'lockedDown' : 'outOfService',
    });
    drivesThrough(world);
    world.run(3000);
    expect(opens(world)).toBe(1);
  });

  it('gives a one-time credential back', () => {
    const world = oneWaits('京D13579');
    world.claim(purpose);
    world.run(100);
    expect(overtaken(world)[0]?.body).toMatchObject({ rowId: 'v1', returned: true });
  });

  it('leaves the opening that has risen to the car before it', () => {
    const world = oneWaits();
    world.claim(purpose);
    drivesThrough(world);
    expect(outcomes(world)).toEqual(['notTaken/measured', 'taken/measured']);
  });
});

describe('a frame that waits for its record when the lane goes out of service', () => {
  it('is taken back, without a fault, and its grant ends', () => {
    const world = gate();
    world.slowJournal(250);
    arrives(world, '京A12345');
    world.run(50);
    world.claim('outOfService');
    world.run(3000);
    expect(world.sent).toEqual([]);
    expect(overtaken(world)).toHaveLength(1);
    expect(world.lane().grants).toEqual([]);
    expect(world.faults).not.toContain('commandFailed');
    expect(last(world)).toMatchObject({ code: 'outOfService' });
  });

  it('is sent where the claim is gone again by then', () => {
    const world = gate();
    world.slowJournal(250);
    arrives(world, '京A12345');
    world.claim('outOfService');
    world.release('outOfService');
    world.run(1000);
    expect(opens(world)).toBe(1);
  });

  it('is not taken back for the guard, nor for an emergency vehicle in a lockdown', () => {
    const world = gate();
    arrives(world, '京X1234应急');
    world.plate('京X1234应急', { color: 'white', confidence: 0.99 });
    world.claim('lockdown');
    world.run(500);
    expect(opens(world)).toBe(1);
    const guarded = gate();
    guarded.guard('guardOpen');
    guarded.claim('outOfService');
    guarded.run(500);
    expect(opens(guarded)).toBe(1);
    expect(guarded.lane().grants).toHaveLength(1);
  });
});

describe('an opening whose reply was lost before the lane went out of service', () => {
  it('is not sent again, and ends when the boom is seen not to have heard it', () => {
    const world = gate();
    world.fate = (command) => (command.action === 'pulseOpen' ? 'unanswered' : 'confirmed');
    arrives(world, '京A12345');
    world.run(10);
    world.claim('outOfService');
    world.run(1200);
    expect(world.lane().grants).toHaveLength(1);
    world.run(1300);
    expect(opens(world)).toBe(1);
    expect(overtaken(world)).toHaveLength(1);
  });

  it('stays with its grant where the boom has heard it', () => {
    const world = gate();
    world.fate = (command) => (command.action === 'pulseOpen' ? 'heardButUnanswered' : 'confirmed');
    arrives(world, '京A12345');
    world.run(10);
    world.claim('outOfService');
    world.run(4000);
    expect(opens(world)).toBe(1);
    expect(overtaken(world)).toEqual([]);
    expect(world.lane().grants[0]?.opening).toBe('opened');
  });
});

describe('a list that changes while a grant waits', () => {
  it('ends it where the car is blocked now', () => {
    const world = oneWaits();
    world.listsChanged([{ ...neighbour, blocked: true }, resident]);
    world.run(100);
    expect(overtaken(world)).toHaveLength(1);
    expect(last(world)).toMatchObject({ outcome: 'denied', code: 'blocked' });
    drivesThrough(world);
    world.run(3000);
    expect(opens(world)).toBe(1);
  });

  it('ends it where the permit is gone', () => {
    const world = oneWaits();
    world.listsChanged([resident]);
    world.run(100);
    expect(last(world)).toMatchObject({ outcome: 'denied', code: 'unknownCredential' });
  });

  it('ends it for a blocked car behind which another has been read', () => {
    const world = oneWaits();
    world.plate('京C24680');
    world.run(100);
    expect(world.lane().grants).toHaveLength(3);
    world.listsChanged(list.map((one) => (one === neighbour ? { ...one, blocked: true } : one)));
    world.run(100);
    expect(world.lane().grants.map((grant) => grant.plate)).toEqual(['京A12345', '京C24680']);
  });

  it.each(['京B67890', '京D13579'])('leaves it alone where %s is as good as before', (plate) => {
    const world = oneWaits(plate);
    const before = world.ofKind('decision').length;
    world.listsChanged(list.map((one) => (one === visitor ? { ...one, usesLeft: 0 } : one)));
    world.run(100);
    expect(world.ofKind('decision')).toHaveLength(before);
    expect(world.lane().grants).toHaveLength(2);
  });
});
