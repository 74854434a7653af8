import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, fullInputs, gate, input, outcomes, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const closedUnannounced = (world: Gate) =>
  world.actions().includes('pulseClose') && world.ofKind('announced').length === 0;

/** A loop that feels vehicles, and a sensor of its own for people. */
const apart = [
  ...without('obstruction'),
  input('obstruction', { detects: 'vehicle' }),
  input('obstruction', { id: 'person', detects: 'person' }),
];

function openedFor(world: Gate, plate = '京A12345'): Gate {
  arrives(world, plate);
  world.until(is(world, 'open'));
  return world;
}

function pulses(world: Gate, name: string, ...timesMs: readonly number[]): void {
  timesMs.forEach((ms, nth) => {
    world.set(name, nth % 2 === 0);
    world.run(ms);
  });
  world.set(name, false);
}

describe('something under the boom while the granted car stands on its arming sensor', () => {
  it.each([
    ['a bounce of one read', 100],
    ['somebody who walks by', 500],
  ])('as it rises is nothing: %s', (_, ms) => {
    const world = gate();
    arrives(world, '京A12345');
    world.run(400);
    pulses(world, 'obstruction', ms);
    world.run(8000);
    expect(outcomes(world)).toEqual([]);
    expect(world.lane().grants).toHaveLength(1);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('when it is up is no measured passage, and the close that follows is announced', () => {
    const world = openedFor(gate());
    pulses(world, 'obstruction', 800);
    world.run(8000);
    expect(outcomes(world)).toEqual(['turnedBack/inferred']);
    expect(world.ofKind('announced')).toHaveLength(1);
    expect(closedUnannounced(world)).toBe(false);
  });

  it('gives a one-time credential back on the terms of an unmeasured return: once more, within 60 s', () => {
    const world = openedFor(gate(), '京D13579');
    world.rows = world.rows.map((row) => (row.id === 'v1' ? { ...row, usesLeft: 0 } : row));
    pulses(world, 'obstruction', 800);
    world.until(() => outcomes(world).length === 1);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'turnedBack', returned: false });
    world.plate('京D13579');
    expect(world.ofKind('decision').map(({ body }) => body.code)).toEqual(['permitted', 'permitted']);
    world.set('arming', false);
    world.run(1000);
    world.until(() => outcomes(world).length === 2);
  });

  it('does not use up the grant of the car behind, where nobody can tell the two apart', () => {
    const world = openedFor(gate());
    world.plate('京B67890');
    pulses(world, 'obstruction', 600, 300, 600);
    world.run(4000);
    expect(outcomes(world)).toEqual(['unknown/inferred']);
    expect(world.lane().grants.map(({ plate }) => plate)).toEqual(['京B67890']);
  });
});

describe('a sensor that feels only people', () => {
  it('makes no passage, and no close in front of the granted car', () => {
    const world = openedFor(gate({ inputs: apart }));
    pulses(world, 'person', 800);
    world.run(8000);
    expect(outcomes(world)).toEqual([]);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.lane().grants).toHaveLength(1);
  });

  it('has missed nothing when vehicles pass', () => {
    const world = gate({ inputs: apart });
    for (let car = 0; car < 5; car++) {
      openedFor(world);
      drivesThrough(world);
      world.until(is(world, 'closed'));
      world.run(500);
    }
    expect(outcomes(world)).toEqual(Array(5).fill('taken/measured'));
    expect(world.faults).toEqual([]);
  });

  it('still keeps the boom up, and makes the close behind a vehicle an announced one', () => {
    const world = openedFor(gate({ inputs: apart }));
    drivesThrough(world, 300);
    world.set('person', true);
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.set('person', false);
    world.until(is(world, 'closed'));
    expect(outcomes(world)).toEqual(['taken/measured']);
    expect(world.ofKind('announced')).toHaveLength(1);
  });
});

describe('one car', () => {
  it.each([
    ['a photocell', 'both' as const, 1],
    ['a loop', 'vehicle' as const, 0],
  ])('that %s sees with a gap is one passage', (_, detects, announcements) => {
    const world = openedFor(gate({ inputs: [...without('obstruction'), input('obstruction', { detects })] }));
    world.set('arming', false);
    pulses(world, 'obstruction', 600, 300, 600, 900, 600);
    world.until(is(world, 'closed'));
    expect(outcomes(world)).toEqual(['taken/measured']);
    // What may feel people felt something behind it, so that close is announced.
    expect(world.ofKind('announced')).toHaveLength(announcements);
  });

  it('with another on its bumper is two: the second drove over the arming sensor and off it again', () => {
    const world = openedFor(gate());
    world.set('obstruction', true);
    world.run(500);
    world.set('arming', false);
    world.run(500);
    world.set('arming', true);
    world.run(600);
    world.set('obstruction', false);
    world.run(400);
    world.set('obstruction', true);
    world.run(500);
    world.set('arming', false);
    world.run(1000);
    world.set('obstruction', false);
    world.run(1500);
    expect(outcomes(world)).toEqual(['taken/measured', 'tailgated/inferred']);
    expect(world.ofKind('passage').at(-1)?.body.alarm).toBe(true);
    world.until(is(world, 'closed'));
    expect(world.ofKind('announced')).toHaveLength(1);
  });

  it('that flickers while the next one draws up is still one', () => {
    const world = openedFor(gate());
    world.set('obstruction', true);
    world.run(500);
    world.set('arming', false);
    world.run(500);
    world.set('arming', true);
    pulses(world, 'obstruction', 300, 300, 600);
    world.run(1500);
    expect(outcomes(world)).toEqual(['taken/measured']);
  });

  it('is judged once it has been clear for clearFor, and not before', () => {
    const world = openedFor(gate({ timing: { clearForMs: 3000, closeAfterClearMs: 0 } }));
    drivesThrough(world, 2900);
    expect(outcomes(world)).toEqual([]);
    world.run(400);
    expect(outcomes(world)).toEqual(['taken/measured']);
  });

  it('on a lane without arming sensor is the vehicle when the boom was up for it', () => {
    const world = gate({ inputs: without('arming') });
    world.plate('京A12345');
    world.run(400);
    pulses(world, 'obstruction', 100);
    world.run(3000);
    expect(outcomes(world)).toEqual([]);
    drivesThrough(world);
    expect(outcomes(world)).toEqual(['taken/measured']);
  });

  it('that passes while the sensors are not read is of unknown end, and no close follows of itself (I12)', () => {
    const world = openedFor(gate());
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(500);
    world.silence();
    world.set('obstruction', false);
    world.run(5000);
    world.bringBack();
    world.run(10_000);
    expect(outcomes(world)).toEqual(['unknown/inferred']);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});

describe('a passage whose end no sensor shows', () => {
  const departing = [...fullInputs, input('departure', { device: 'street' })];

  function halfSeen(): Gate {
    const world = openedFor(gate({ inputs: departing, timing: { notTakenAfterMs: 20_000 } }));
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(800);
    world.silence('street');
    world.set('obstruction', false);
    return world;
  }

  it('is not judged while departure is unknown', () => {
    const world = halfSeen();
    world.run(15_000);
    expect(outcomes(world)).toEqual([]);
    expect(world.lane().grants).toHaveLength(1);
  });

  it('is waited for no longer than a minute', () => {
    const world = halfSeen();
    world.run(57_000);
    expect(outcomes(world)).toEqual([]);
    world.run(5000);
    expect(outcomes(world)).toEqual(['unknown/inferred']);
  });
});

describe('a one-time credential whose end was not measured', () => {
  it.each([
    ['is honoured', 55_000, 'permitted'],
    ['is not honoured', 65_000, 'usesSpent'],
  ])('%s %i ms later', (_, laterMs, code) => {
    const world = openedFor(gate(), '京D13579');
    world.rows = world.rows.map((row) => (row.id === 'v1' ? { ...row, usesLeft: 0 } : row));
    pulses(world, 'obstruction', 800);
    world.until(() => outcomes(world).length === 1);
    const [ended] = world.ofKind('passage');
    world.set('arming', false);
    world.run((ended?.at.mono ?? 0) + laterMs - world.now);
    arrives(world, '京D13579');
    expect(world.ofKind('decision').at(-1)?.body.code).toBe(code);
  });
});
