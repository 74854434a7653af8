/** A block is absolute at entries: no surer frame, other half or other plate of the same presence talks it away (gate.md "Opening"). */
import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { arrives, drivesThrough, gate, list, without } from './lane-fixtures.ts';

const blockedPlate = row({ id: 'b1', key: 'plate:京Q55555', permit: 'pb', blocked: true });
const blockedCard = row({ id: 'b2', key: 'card:24:bad', permit: 'pb', blocked: true });
const blockedNeighbour = row({ id: 'b3', key: 'plate:京A12346', permit: 'pb', blocked: true });
const card = row({ id: 'c1', key: 'card:24:abc123', permit: 'pc' });
const rows = [...list, blockedPlate, blockedCard, blockedNeighbour, card];

type Gate = ReturnType<typeof gate>;
const last = (world: Gate) => world.ofKind('decision').at(-1)?.body;

describe('a car whose plate is blocked', () => {
  it.each([1000, 5000, 16_000, 120_000])('is not let in by a permitted card %i ms later', (afterMs) => {
    const world = gate({}, { rows });
    arrives(world, '京Q55555');
    world.run(afterMs);
    world.card('abc123');
    world.run(500);
    expect(world.sent).toEqual([]);
    expect(last(world)).toMatchObject({ outcome: 'denied', code: 'blocked', rowId: 'b1' });
  });

  it('is not let in by a surer reading of a listed plate one character away', () => {
    const world = gate({}, { rows });
    world.set('arming', true);
    world.run(200);
    world.plate('京A12346', { confidence: 0.9 });
    world.run(200);
    world.plate('京A12345', { confidence: 0.95 });
    world.run(300);
    expect(world.sent).toEqual([]);
    expect(last(world)).toMatchObject({ code: 'blocked', rowId: 'b3' });
  });

  it('nor where no sensor tells one car from two', () => {
    const world = gate({ inputs: without('arming') }, { rows });
    world.plate('京A12346', { confidence: 0.9 });
    world.run(200);
    world.plate('京A12345', { confidence: 0.95 });
    world.run(300);
    expect(world.sent).toEqual([]);
  });

  it('nor by another plate read behind it while it stands there', () => {
    const world = gate({}, { rows });
    arrives(world, '京Q55555');
    world.run(300);
    world.plate('京A12345');
    world.run(300);
    expect(world.sent).toEqual([]);
    expect(last(world)).toMatchObject({ code: 'blocked', rowId: 'b1' });
  });

  it('nor by sixteen cards before the good one', () => {
    const world = gate({}, { rows });
    arrives(world, '京Q55555');
    for (let nth = 0; nth < 20; nth++) {
      world.run(1000);
      world.card(`${100 + nth}`);
    }
    world.run(16_000);
    world.card('abc123');
    world.run(500);
    expect(world.sent).toEqual([]);
  });
});

describe('a blocked card', () => {
  it.each([1000, 16_000])('keeps a permitted plate out %i ms later', (afterMs) => {
    const world = gate({}, { rows });
    arrives(world, '京Z00000');
    world.run(100);
    world.card('bad');
    world.run(afterMs);
    world.plate('京A12345');
    world.run(300);
    expect(world.sent).toEqual([]);
    expect(last(world)).toMatchObject({ code: 'blocked', rowId: 'b2' });
  });
});

describe('the block is over', () => {
  it('with the presence: the next car is another one', () => {
    const world = gate({}, { rows });
    arrives(world, '京Q55555');
    world.run(1000);
    world.set('arming', false);
    world.run(500);
    arrives(world, '京A12345');
    world.run(300);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('when a guard has let the car through, for the one close behind it', () => {
    const world = gate({}, { rows });
    arrives(world, '京Q55555');
    world.run(1000);
    world.guard('guardOpen');
    world.until(() => world.lane().barrier?.position === 'open');
    drivesThrough(world);
    world.set('arming', true);
    world.run(300);
    expect(world.lane().grants).toEqual([]);
    world.card('abc123');
    world.run(1000);
    expect(last(world)).toMatchObject({ outcome: 'granted', rowId: 'c1' });
  });

  it('when the list no longer holds it', () => {
    const world = gate({}, { rows });
    arrives(world, '京Q55555');
    world.run(200);
    world.card('abc123');
    world.run(200);
    expect(world.sent).toEqual([]);
    world.listsChanged([...list, card]);
    world.run(300);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});

describe('a fire engine behind a blocked car', () => {
  it('is not denied for it: a person is asked, and two frames that agree open', () => {
    const world = gate({}, { rows });
    arrives(world, '京Q55555');
    world.run(300);
    world.plate('京X1234应急', { color: 'white', confidence: 0.85 });
    world.run(300);
    expect(last(world)).toMatchObject({ outcome: 'referred' });
    world.plate('京X1234应急', { color: 'white', confidence: 0.85 });
    world.run(300);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});
