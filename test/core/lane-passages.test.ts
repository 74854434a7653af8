import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { arrives, drivesThrough, fullInputs, gate, input, limits, outcomes, without, twoWay } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const isOpen = (world: Gate) => () => world.lane().barrier?.position === 'open';
const withDeparture = [...fullInputs, input('departure')];

function openedFor(world: Gate, plate = '京A12345'): Gate {
  arrives(world, plate);
  world.until(isOpen(world));
  return world;
}

describe('a passage', () => {
  it('uses up the oldest grant, and one without a grant is tailgated', () => {
    const world = openedFor(gate());
    world.set('arming', false);
    world.run(200);
    arrives(world, '京B67890');
    drivesThrough(world);
    drivesThrough(world);
    drivesThrough(world);
    expect(world.ofKind('passage').map((one) => [one.body.outcome, one.passage])).toEqual([
      ['taken', 1],
      ['taken', 2],
      ['tailgated', undefined],
    ]);
    expect(world.ofKind('passage').at(-1)?.body.alarm).toBe(true);
  });

  it('of a car that stood on the departure sensor before the boom rose takes nobody’s grant', () => {
    const world = gate({ inputs: withDeparture });
    world.set('departure', true);
    world.run(300);
    openedFor(world);
    world.set('departure', false);
    world.run(500);
    expect(outcomes(world)).toEqual([]);
    expect(world.lane().grants).toHaveLength(1);
  });

  it('turns back, measured, when the car that was granted stands before the boom again', () => {
    const world = openedFor(gate({ inputs: withDeparture }), '京D13579');
    world.set('obstruction', true);
    world.run(1000);
    world.set('obstruction', false);
    world.run(3000);
    expect(outcomes(world)).toEqual(['turnedBack/measured']);
    expect(world.ofKind('passage')[0]?.body.returned).toBe(true);
  });

  it('is not taken for a turning back when the next car has drawn up', () => {
    const world = openedFor(gate({ inputs: withDeparture }), '京D13579');
    world.set('obstruction', true);
    world.run(300);
    world.plate('京B67890');
    world.run(300);
    world.set('obstruction', false);
    world.run(3000);
    expect(outcomes(world)).toEqual(['turnedBack/inferred']);
    expect(world.ofKind('passage')[0]?.body.returned).toBe(false);
  });

  it('that no sensor saw to its end is unknown, inferred, with a soft alarm, and is followed by an announced close', () => {
    const world = openedFor(gate({ inputs: withDeparture }));
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('obstruction', false);
    world.run(3000);
    expect(outcomes(world)).toEqual(['unknown/inferred']);
    expect(world.ofKind('passage')[0]?.body.alarm).toBe(true);
    world.until(() => world.actions().includes('pulseClose'));
    expect(world.ofKind('announced')).toHaveLength(1);
  });

  it('without sensors behind the boom is inferred from the car leaving the arming sensor', () => {
    const world = openedFor(gate({ inputs: without('obstruction') }));
    world.set('arming', false);
    world.run(300);
    expect(outcomes(world)).toEqual(['taken/inferred']);
  });

  it('is not inferred from the arming sensor falling silent', () => {
    const world = openedFor(gate({ inputs: without('obstruction') }));
    world.silence();
    world.run(300);
    expect(outcomes(world)).toEqual([]);
  });
});

describe('a one-time credential', () => {
  it('is spent at grant and refused while the grant’s record is on its way to disk (I8)', () => {
    const world = gate();
    world.journal = 280;
    arrives(world, '京D13579');
    world.set('arming', false);
    world.run(100);
    world.set('arming', true);
    world.run(100);
    world.plate('京D13579');
    expect(world.ofKind('decision').map((one) => one.body.code)).toEqual(['permitted', 'usesSpent']);
  });

  it('comes back by a measured notTaken', () => {
    const world = openedFor(gate(), '京D13579');
    world.set('arming', false);
    world.until(() => outcomes(world).length > 0);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'notTaken', basis: 'measured', returned: true });
    expect(world.lane().honour).toEqual([]);
  });

  it('does not come back when a gap in the readings could hide its passage', () => {
    const world = openedFor(gate(), '京D13579');
    world.set('arming', false);
    world.silence('board', false);
    world.run(3000);
    world.bringBack();
    world.until(() => outcomes(world).length > 0);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'notTaken', basis: 'presumed', returned: false });
  });

  it('where nothing measures it is honoured once more by the same lane within 60 s, and only once', () => {
    const spent = row({ id: 'v1', key: 'plate:京D13579', permit: 'pv', category: 'visitor', usesLeft: 1 });
    const world = gate(
      { inputs: without('obstruction', 'arming'), barrier: { autoClose: 'board' } },
      { rows: [spent] },
    );
    world.plate('京D13579');
    world.rows = [{ ...spent, usesLeft: 0 }];
    world.until(() => outcomes(world).length === 1);
    expect(outcomes(world)).toEqual(['notTaken/presumed']);
    world.run(15_000);
    world.plate('京D13579');
    world.run(100);
    world.until(() => outcomes(world).length === 2);
    world.run(15_000);
    world.plate('京D13579');
    world.run(100);
    expect(world.ofKind('decision').map((one) => one.body.code)).toEqual(['permitted', 'permitted', 'usesSpent']);
  });

  it('is refused with the journal broken, while standing permits still open', () => {
    const world = gate();
    world.breakJournal();
    arrives(world, '京D13579');
    world.run(100);
    expect(world.ofKind('decision').at(-1)?.body).toMatchObject({ outcome: 'denied', code: 'journalBroken' });
    world.set('arming', false);
    world.run(200);
    arrives(world, '京A12345');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).toContain('journalBroken');
    world.mendJournal();
    expect(world.faults).not.toContain('journalBroken');
  });
});

describe('safety sensors', () => {
  it('that slept through three measured passages read unknown, and nothing closes over them', () => {
    const inputs = [...withDeparture, input('obstruction', { id: 'photocell', detects: 'both' })];
    const world = gate({ inputs });
    for (let car = 1; car <= 3; car++) {
      world.guard('guardOpen');
      world.until(isOpen(world));
      world.set('obstruction', true);
      world.run(800);
      world.set('departure', true);
      world.run(300);
      world.set('obstruction', false);
      world.set('departure', false);
      world.run(1300);
      if (car < 3) world.until(() => world.lane().barrier?.position === 'closed');
    }
    expect(world.faults).toContain('obstructionSilent');
    const before = world.actions().length;
    world.run(60_000);
    expect(world.actions()).toHaveLength(before);
    world.set('photocell', true);
    world.run(200);
    world.set('photocell', false);
    world.run(200);
    expect(world.faults).not.toContain('obstructionSilent');
  });

  it('of which one is dead do not keep grants standing until the queue is full', () => {
    const inputs = [...fullInputs, input('obstruction', { device: 'radar', detects: 'vehicle' })];
    const world = openedFor(gate({ inputs }));
    world.set('obstruction', true);
    world.run(500);
    world.silence('radar');
    world.set('obstruction', false);
    world.set('arming', false);
    world.run(30_000);
    expect(world.lane().grants).toEqual([]);
    expect(outcomes(world)).toEqual(['unknown/inferred']);
  });

  it('of which one is not believed any more let the others see a car go', () => {
    const inputs = [...fullInputs, input('obstruction', { device: 'radar', detects: 'vehicle' })];
    const world = gate({ inputs });
    for (let car = 1; car <= 4; car++) {
      world.guard('guardOpen');
      world.run(3000);
      drivesThrough(world);
      world.run(200);
    }
    expect(world.faults).toContain('obstructionSilent');
    expect(outcomes(world)).toEqual(Array(4).fill('taken/measured'));
  });

  it('occupied for ten minutes without a passage are stuck', () => {
    const world = gate();
    world.set('obstruction', true);
    world.run(599_000);
    expect(world.faults).not.toContain('obstructionStuck');
    world.run(2000);
    expect(world.faults).toContain('obstructionStuck');
    world.set('obstruction', false);
    world.run(300);
    expect(world.faults).not.toContain('obstructionStuck');
  });

  it('of two boards may share a name without hiding one another', () => {
    const inputs = [...fullInputs, input('obstruction', { device: 'radar', detects: 'both' })];
    const world = openedFor(gate({ inputs }));
    drivesThrough(world, 300);
    world.set('obstruction', true, 'radar');
    world.run(30_000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});

describe('a two-way lane', () => {
  it('takes the other side’s arming sensor for departure', () => {
    const world = openedFor(gate(twoWay));
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('armingOut', true);
    world.set('obstruction', false);
    world.run(1500);
    expect(outcomes(world)).toEqual([]);
    world.set('armingOut', false);
    world.run(1300);
    expect(outcomes(world)).toEqual(['taken/measured']);
  });

  it('records only the opposite read of a plate during its passage and for 30 s', () => {
    const world = openedFor(gate(twoWay));
    const readOut = () => {
      world.set('armingOut', true);
      world.run(200);
      world.plate('京A12345', { device: 'cameraOut' });
      world.set('armingOut', false);
      world.run(200);
    };
    readOut();
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('oppositeOfPassage');
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('armingOut', true);
    world.set('obstruction', false);
    world.run(500);
    world.set('armingOut', false);
    world.run(1300);
    world.run(25_000);
    readOut();
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('oppositeOfPassage');
    expect(world.ofKind('decision')).toHaveLength(1);
    world.run(10_000);
    readOut();
    expect(world.ofKind('decision')).toHaveLength(2);
  });

  it('keeps the other direction waiting until the first is cleared', () => {
    const world = openedFor(gate(twoWay));
    world.set('armingOut', true);
    world.run(200);
    world.plate('京B67890', { device: 'cameraOut' });
    world.run(500);
    expect(world.lane().grants.map((grant) => grant.opening)).toEqual(['opened', 'waiting']);
    drivesThrough(world);
    expect(outcomes(world)).toEqual(['taken/measured']);
    expect(world.lane().grants.map((grant) => [grant.direction, grant.opening])).toEqual([['out', 'opened']]);
  });
});

describe('a boom that no poll sees rise, under a board that closes it', () => {
  const quick = () => {
    const world = gate({ inputs: limits, barrier: { autoClose: 'board', travelMs: 300 } });
    world.boom().stuck = true;
    return world;
  };

  it('ends its grant when the travel is over, so that the queue never fills', () => {
    const world = quick();
    for (let car = 0; car < 12; car += 1) {
      world.plate(car % 2 === 0 ? '京A12345' : '京B67890');
      world.run(11_000);
    }
    expect(world.ofKind('decision').map(({ body }) => body.code)).not.toContain('grantQueueFull');
    expect(world.actions()).toEqual(Array.from({ length: 12 }, () => 'pulseOpen'));
    expect(world.ofKind('passage')[0]?.body).toMatchObject({
      outcome: 'notTaken',
      basis: 'presumed',
      why: 'notSeenToRise',
    });
  });

  it('lets grants that come faster than the travel end one by one', () => {
    const world = quick();
    for (const plate of ['京A12345', '京B67890', '京C24680']) {
      world.plate(plate);
      world.run(400);
    }
    world.run(5000);
    expect(world.lane().grants).toEqual([]);
    expect(world.actions()).toHaveLength(3);
  });

  it('decides the car that still stands there again on its next read', () => {
    const world = quick();
    world.plate('京A12345', { eventId: 'e1' });
    world.run(3000);
    world.plate('京A12345', { eventId: 'e2' });
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
  });

  it('keeps the grant of a boom that is seen up', () => {
    const world = gate({ inputs: limits, barrier: { autoClose: 'board', travelMs: 300 } });
    world.plate('京A12345');
    world.run(5000);
    expect(world.lane().grants).toHaveLength(1);
  });
});
