/** Two portals of which one is open at a time (gate.md "Interlock"): a garage with an outer and an inner boom, each two-way. */
import { describe, expect, it } from 'vitest';
import type { LaneModel } from '../../src/core/site-model.ts';
import { laneOf, release } from './emergency-world.ts';
import { input, type LaneChange, list, twoWay } from './lane-fixtures.ts';
import { World } from './lane-harness.ts';

function portal(id: 'outer' | 'inner', change: LaneChange = {}): LaneModel {
  const cameras = [
    { device: `${id}-camera`, direction: 'in' as const },
    { device: `${id}-camera-out`, direction: 'out' as const },
  ];
  const { inputs = [] } = twoWay;
  return laneOf(id, { ...twoWay, cameras, inputs, ...change });
}

type Garage = World & { readonly board: (id: string) => string };

function garage(lanes: readonly LaneModel[] = [portal('outer'), portal('inner')], startsOpen = false): Garage {
  const interlocks = [{ id: 'garage', name: '地库双门', lanes: ['outer', 'inner'] }];
  const world = new World({ lanes, interlocks, rows: list, startsOpen });
  world.run(500);
  return Object.assign(world, { board: (id: string) => `${id}-board` });
}

function reads(world: Garage, lane: string, plate = '京A12345', way: 'in' | 'out' = 'in'): void {
  world.set(way === 'in' ? 'arming' : 'armingOut', true, world.board(lane));
  world.run(200);
  world.plate(plate, { device: way === 'in' ? `${lane}-camera` : `${lane}-camera-out` });
  world.run(100);
}

/** Under the boom and off its sensors; the boom closes behind it. */
function passes(world: Garage, lane: string, way: 'in' | 'out' = 'in'): void {
  world.set(way === 'in' ? 'arming' : 'armingOut', false, world.board(lane));
  world.set('obstruction', true, world.board(lane));
  world.run(1200);
  // The other direction's sensor is this one's departure.
  const behind = way === 'in' ? 'armingOut' : 'arming';
  world.set(behind, true, world.board(lane));
  world.run(300);
  world.set('obstruction', false, world.board(lane));
  world.run(300);
  world.set(behind, false, world.board(lane));
  world.run(1300);
}

const is = (world: Garage, lane: string, position: string) => () => world.lane(lane).barrier?.position === position;
const openings = (world: Garage, lane: string) =>
  world.sent.filter(({ command }) => command.lane === lane && /Open|holdOn/.test(command.action)).length;
const answers = (world: Garage, lane: string) =>
  world
    .ofKind('decision')
    .flatMap((record) => (record.lane === lane ? [`${record.body.outcome}/${record.body.code}`] : []));
const faultsOf = (world: Garage) =>
  Object.values(world.site.faults)
    .map(({ code, subject }) => `${code}@${subject}`)
    .sort();

describe('the second portal of an interlock', () => {
  it('opens for a credential only when the first is measured closed, and then without a further read', () => {
    const world = garage();
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    passes(world, 'outer');
    reads(world, 'inner');
    expect(answers(world, 'inner')).toEqual(['referred/interlockOpen']);
    expect(openings(world, 'inner')).toBe(0);
    world.until(is(world, 'outer', 'closed'));
    const closed = world.now;
    world.until(() => openings(world, 'inner') === 1);
    expect(world.now - closed).toBeLessThan(200);
    expect(answers(world, 'inner')).toEqual(['referred/interlockOpen', 'granted/permitted']);
    world.until(is(world, 'inner', 'open'));
    passes(world, 'inner');
    world.until(is(world, 'inner', 'closed'));
    expect(faultsOf(world)).toEqual([]);
  });

  it('denies whom the list denies, and spends no use of him who waits', () => {
    const world = garage();
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    reads(world, 'inner', '京Z99999');
    expect(answers(world, 'inner')).toEqual(['denied/unknownCredential']);
    const visitor = garage();
    reads(visitor, 'outer');
    visitor.until(is(visitor, 'outer', 'open'));
    reads(visitor, 'inner', '京D13579');
    const waiting = visitor.ofKind('decision').filter(({ lane }) => lane === 'inner');
    expect(waiting.map(({ body }) => [body.code, body.spends])).toEqual([['interlockOpen', false]]);
  });

  it('is the guard’s alone while nobody knows where the first one is', () => {
    const world = garage();
    world.silence(world.board('outer'));
    reads(world, 'inner');
    expect(answers(world, 'inner')).toEqual(['referred/interlockUnknown']);
    world.run(30_000);
    expect(openings(world, 'inner')).toBe(0);
    world.bringBack(world.board('outer'));
    world.run(1000);
    expect(answers(world, 'inner')).toEqual(['referred/interlockUnknown', 'granted/permitted']);
  });

  it('takes a boom that no limit shows for unknown, and one that does not run as well', () => {
    const unseen = portal('outer', { barrier: { hasClosedLimit: false } });
    const blind = { ...unseen, inputs: unseen.inputs.filter(({ role }) => role !== 'closedLimit') };
    const world = garage([blind, portal('inner')]);
    reads(world, 'inner');
    expect(answers(world, 'inner')).toEqual(['referred/interlockUnknown']);
    const alone = garage([portal('inner')]);
    reads(alone, 'inner');
    expect(answers(alone, 'inner')).toEqual(['referred/interlockUnknown']);
  });

  it('waits in its queue where the guard opens the first between the grant and its frame', () => {
    const world = garage();
    world.journal = 200;
    reads(world, 'inner', '京A12345', 'in');
    world.until(is(world, 'inner', 'open'));
    world.set('armingOut', true, world.board('inner'));
    world.run(200);
    world.plate('京B67890', { device: 'inner-camera-out' });
    world.run(300);
    expect(world.lane('inner').grants.map(({ waitsFor }) => waitsFor)).toEqual([null, 'oppositeCar']);
    world.guard('guardOpen', 'outer');
    passes(world, 'inner');
    world.run(3000);
    expect(is(world, 'outer', 'open')()).toBe(true);
    expect(world.lane('inner').grants.map(({ opening }) => opening)).toEqual(['waiting']);
    passes(world, 'outer');
    world.until(is(world, 'outer', 'closed'));
    expect(world.lane('inner').grants.map(({ opening }) => opening)).toEqual(['opened']);
  });

  it('both asked at the same moment open one after the other', () => {
    const world = garage();
    for (const [lane, way] of [
      ['outer', 'arming'],
      ['inner', 'armingOut'],
    ] as const)
      world.set(way, true, world.board(lane));
    world.run(200);
    world.plate('京A12345', { device: 'outer-camera' });
    world.plate('京B67890', { device: 'inner-camera-out' });
    world.run(100);
    expect([openings(world, 'outer'), openings(world, 'inner')]).toEqual([1, 0]);
    world.until(is(world, 'outer', 'open'));
    passes(world, 'outer');
    world.until(is(world, 'inner', 'open'), 20_000);
    expect(world.boom('outer-board').isDown).toBe(true);
  });
});

describe('a door in an interlock', () => {
  const door = { kind: 'door' as const, device: 'inner-board', line: 'line1', fail: 'safe' as const };
  const inner = laneOf('inner', {
    portal: { ...door, escapeRoute: false, hasContact: true, heldOpenAfterMs: 30_000 },
    inputs: [input('doorContact')],
    cameras: [],
    readers: [{ device: 'inner-reader', direction: 'in' }],
  });

  it('is closed by its contact, open once it is released, and unknown where nobody reads it', () => {
    const world = garage([portal('outer'), inner]);
    reads(world, 'outer', '京Z99999', 'out');
    expect(answers(world, 'outer')).toEqual(['granted/exitFree']);
    const released = garage([portal('outer'), inner]);
    released.guard('guardOpen', 'inner');
    released.run(100);
    reads(released, 'outer', '京A12345');
    expect(answers(released, 'outer')).toEqual(['referred/interlockOpen']);
    released.until(() => openings(released, 'outer') === 1, 10_000);
    expect(released.lane('inner').door?.lock).toBe('locked');
    const blind = garage([portal('outer'), inner]);
    blind.mute('doorContact', 'inner-board');
    blind.run(2000);
    reads(blind, 'outer');
    expect(answers(blind, 'outer')).toEqual(['referred/interlockUnknown']);
  });
});

describe('against an interlock', () => {
  it('the guard always wins, on record and under a fault until one of them is closed (I16)', () => {
    const world = garage();
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    world.guard('guardOpen', 'inner');
    expect(world.sent.at(-1)?.command).toMatchObject({ lane: 'inner', priority: 'guard' });
    const [overridden] = world.ofKind('interlockOverridden');
    expect([overridden?.lane, overridden?.body]).toEqual(['inner', { others: ['outer'], standing: 'open' }]);
    expect(faultsOf(world)).toEqual(['interlockBothOpen@inner', 'interlockBothOpen@outer']);
    passes(world, 'outer');
    world.until(is(world, 'outer', 'closed'));
    expect(faultsOf(world)).toEqual([]);
    world.silence(world.board('outer'));
    world.run(20_000);
    world.guard('guardOpen', 'inner');
    expect(world.ofKind('interlockOverridden').at(-1)?.body).toEqual({ others: ['outer'], standing: 'unknown' });
  });

  it('an emergency opens both and both stay open, without a fault, and the way out is never held back', () => {
    const world = garage();
    world.set('fire', true, world.board('inner'));
    world.until(() => is(world, 'outer', 'open')() && is(world, 'inner', 'open')());
    reads(world, 'outer', '京Z99999', 'out');
    expect(answers(world, 'outer')).toEqual(['granted/exitFree']);
    world.run(60_000);
    expect(world.boom('outer-board').isUp && world.boom('inner-board').isUp).toBe(true);
    expect(faultsOf(world)).toEqual([]);
    world.set('fire', false, world.board('inner'));
    world.run(1000);
    release(world, 'fire:inner-board.fire', 'inner');
    world.until(() => is(world, 'outer', 'closed')() && is(world, 'inner', 'closed')());
    expect(faultsOf(world)).toEqual([]);
  });

  it('whoever leaves in an emergency elsewhere is let out at once, and an entry is not', () => {
    const world = garage([portal('outer'), portal('inner'), laneOf('side')]);
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    world.set('fire', true, 'side-board');
    world.run(500);
    reads(world, 'inner', '京Z99999', 'out');
    expect(answers(world, 'inner')).toEqual(['granted/exitFree']);
    expect(openings(world, 'inner')).toBe(1);
    const entry = garage([portal('outer'), portal('inner'), laneOf('side')]);
    reads(entry, 'outer');
    entry.until(is(entry, 'outer', 'open'));
    entry.set('fire', true, 'side-board');
    entry.run(500);
    reads(entry, 'inner', '京B67890');
    expect(answers(entry, 'inner')).toEqual(['referred/interlockOpen']);
  });

  it('an emergency vehicle passes the second one at once', () => {
    const world = garage();
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    world.set('arming', true, world.board('inner'));
    world.run(200);
    world.plate('京X1234应急', { device: 'inner-camera', color: 'white', confidence: 0.99 });
    world.run(100);
    expect(answers(world, 'inner')).toEqual(['granted/emergencyVehicle']);
    expect(openings(world, 'inner')).toBe(1);
  });

  it('an owned hold is refused while the other stands open, and one that stands keeps the other shut', () => {
    const world = garage();
    const hold = (lane: string) =>
      world.request({
        ...{ kind: 'claim', lane, by: { via: 'cli', name: '李工' }, purpose: 'hold', key: 'hold' },
        ...{ reason: '', expiresInMs: 60_000 },
      });
    hold('outer');
    world.until(is(world, 'outer', 'open'));
    hold('inner');
    expect(world.ofKind('claimRefused')[0]?.body).toMatchObject({ key: 'hold', refused: 'interlock' });
    reads(world, 'inner');
    expect(answers(world, 'inner')).toEqual(['referred/interlockOpen']);
    expect(openings(world, 'inner')).toBe(0);
  });
});

it('an owned hold that was not heard is not said again once the other portal stands open', () => {
  const world = garage();
  world.fate = ({ lane }) => (lane === 'outer' ? 'unanswered' : 'confirmed');
  world.request({
    ...{ kind: 'claim', lane: 'outer', by: { via: 'cli', name: '李工' }, purpose: 'hold', key: 'hold' },
    ...{ reason: '', expiresInMs: 60_000 },
  });
  world.guard('guardOpen', 'inner');
  world.until(is(world, 'inner', 'open'));
  const before = openings(world, 'outer');
  world.run(10_000);
  expect(openings(world, 'outer')).toBe(before);
});

describe('a portal that reads as closed', () => {
  it('keeps the other one shut while both its limits are made', () => {
    const world = garage();
    world.set('openLimit', true, world.board('outer'));
    world.run(200);
    expect(world.lane('outer').barrier?.position).toBe('closed');
    reads(world, 'inner');
    expect(answers(world, 'inner')[0]).toBe('referred/interlockUnknown');
    expect(openings(world, 'inner')).toBe(0);
  });

  it('keeps the other one shut while its OPEN contact is found on', () => {
    const world = garage();
    world.outputs({ open: true }, world.board('outer'));
    world.run(500);
    expect(world.lane('outer').barrier).toMatchObject({ position: 'closed', hold: 'foundOn' });
    reads(world, 'inner');
    expect(answers(world, 'inner')).toEqual(['referred/interlockOpen']);
  });
});

describe('whoever is between the portals', () => {
  it('for over a minute is told at both, and no longer once he has gone through either', () => {
    const world = garage();
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    passes(world, 'outer');
    world.run(55_000);
    expect(faultsOf(world)).toEqual([]);
    world.run(5000);
    expect(faultsOf(world)).toEqual(['heldBetween@inner', 'heldBetween@outer']);
    world.guard('guardOpen', 'inner');
    world.until(is(world, 'inner', 'open'));
    passes(world, 'inner');
    expect(faultsOf(world)).toEqual([]);
  });

  it('is told in his own minute, although others come in after him, and so is the next one', () => {
    const world = garage();
    for (const plate of ['京A12345', '京B67890']) {
      reads(world, 'outer', plate);
      world.until(is(world, 'outer', 'open'));
      passes(world, 'outer');
      world.until(is(world, 'outer', 'closed'));
      world.run(38_000);
    }
    // The first has been there for over a minute, the second for some 40 s.
    expect(faultsOf(world)).toEqual(['heldBetween@inner', 'heldBetween@outer']);
    world.guard('guardOpen', 'inner');
    world.until(is(world, 'inner', 'open'));
    passes(world, 'inner');
    expect(faultsOf(world)).toEqual([]);
    world.run(30_000);
    expect(faultsOf(world)).toEqual(['heldBetween@inner', 'heldBetween@outer']);
  });

  it('goes on being told while a second one who has been there too long is left', () => {
    const world = garage();
    for (const plate of ['京A12345', '京B67890']) {
      reads(world, 'outer', plate);
      world.until(is(world, 'outer', 'open'));
      passes(world, 'outer');
      world.until(is(world, 'outer', 'closed'));
    }
    world.run(70_000);
    world.guard('guardOpen', 'inner');
    world.until(is(world, 'inner', 'open'));
    passes(world, 'inner');
    expect(faultsOf(world)).toEqual(['heldBetween@inner', 'heldBetween@outer']);
  });

  it('and turns back leaves it by the way he came', () => {
    const world = garage();
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    passes(world, 'outer');
    world.run(70_000);
    expect(faultsOf(world)).toContain('heldBetween@outer');
    reads(world, 'outer', '京B67890', 'out');
    world.until(is(world, 'outer', 'open'));
    passes(world, 'outer', 'out');
    expect(faultsOf(world)).toEqual([]);
  });

  it('is counted: the second car is told after the first has gone', () => {
    const world = garage();
    for (const plate of ['京A12345', '京B67890']) {
      reads(world, 'outer', plate);
      world.until(is(world, 'outer', 'open'));
      passes(world, 'outer');
      world.until(is(world, 'outer', 'closed'));
    }
    reads(world, 'inner');
    world.until(is(world, 'inner', 'open'));
    passes(world, 'inner');
    world.run(70_000);
    expect(faultsOf(world)).toContain('heldBetween@inner');
    world.request({
      ...{ kind: 'acknowledgeFault', lane: 'inner', fault: 'heldBetween' },
      ...{ by: { via: 'screen', name: '王' }, reason: '已离开' },
    });
    expect(faultsOf(world)).toEqual([]);
  });
});

describe('a lane with an input more than its interlock', () => {
  it('is no part of another one', () => {
    const world = garage([portal('outer'), portal('inner'), laneOf('side', {}, [input('departure')])]);
    reads(world, 'outer');
    world.until(is(world, 'outer', 'open'));
    world.set('arming', true, 'side-board');
    world.run(200);
    world.plate('京B67890', { device: 'side-camera' });
    world.run(100);
    expect(openings(world, 'side')).toBe(1);
  });
});
