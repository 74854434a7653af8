/** Plate + card opens to both halves of one permit, read in one presence and one window, and to nothing else (gate.md "Two factors"). */
import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { arrives, drivesThrough, gate, input, type LaneChange, twoWay, without } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const both = { permit: 'dual', requires: 'plateAndCard' } as const;
const rows = [
  row({ ...both, id: 'a', key: 'plate:京A12345' }),
  row({ ...both, id: 'a2', key: 'plate:京E55555' }),
  row({ ...both, id: 'b', key: 'card:24:abc' }),
  row({ ...both, id: 'd', key: 'card:24:ddd', permit: 'other' }),
  row({ ...both, id: 'd2', key: 'plate:京D11111', permit: 'other' }),
  row({ id: 'e', key: 'card:24:eee', permit: 'switchedOff', enabled: false }),
  row({ id: 'f', key: 'card:24:111', permit: 'family' }),
  row({ id: 'g', key: 'card:24:222', permit: 'guest' }),
];
const codes = (world: World) => world.ofKind('decision').map((record) => String(record.body.code));
const open = (change: LaneChange = {}) => gate(change, { rows });
const stands = (change: LaneChange = {}): World => {
  const world = open(change);
  world.set('arming', true);
  world.run(200);
  return world;
};
const plate = (raw: string, confidence = 0.9) => ({ plate: raw, confidence });
const card = (value: string) => ({ card: value });
type Read = ReturnType<typeof plate> | ReturnType<typeof card>;
const reads = (world: World, shown: readonly Read[], apartMs = 1500): void => {
  for (const one of shown) {
    if ('card' in one) world.card(one.card);
    else world.plate(one.plate, { confidence: one.confidence });
    world.run(apartMs);
  }
};
const mine = plate('京A12345');
const tag = card('abc');

describe('one half opens nothing, whatever is read beside it', () => {
  it.each<readonly [string, readonly Read[]]>([
    ['an unknown card between two frames of the plate', [mine, card('fff'), mine]],
    ['a card of another plate + card permit between them', [mine, card('ddd'), mine]],
    ['a card that was switched off between them', [mine, card('eee'), mine]],
    ['a stranger’s plate between two showings of the card', [tag, plate('京Z99999'), tag]],
    ['a stranger’s plate before two showings of the card', [plate('京Z99999'), tag, tag]],
    ['a plate of another plate + card permit between them', [tag, plate('京D11111'), tag]],
    ['the camera’s word that there is no plate between them', [tag, plate(''), tag]],
    ['the camera’s word that there is no plate before them', [plate(''), tag, tag]],
    [
      'the plate that the camera has taken back for a surer one',
      [plate('京A12345', 0.85), plate('京A12346', 0.99), tag],
    ],
    ['a less sure reading that is not believed', [plate('京A12346', 0.99), tag, plate('京A12345', 0.85)]],
    ['a plate that no frame reads surely', [plate('京A12345', 0.4), tag, plate('京A12345', 0.4)]],
    ['a card that another one has replaced', [tag, card('fff'), mine, mine]],
  ])('%s', (_, shown) => {
    for (const world of [stands(), open({ inputs: without('arming') })]) {
      reads(world, shown);
      expect(codes(world)).not.toContain('permitted');
      expect(world.sent).toEqual([]);
    }
  });

  it('and both halves open beside all of that', () => {
    const world = stands();
    reads(world, [mine, card('fff'), plate(''), mine, tag]);
    expect(codes(world).at(-1)).toBe('permitted');
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('at an exit for known cars either', () => {
    const world = gate({ ...twoWay, exitPolicy: 'known' }, { rows });
    world.set('armingOut', true);
    world.run(200);
    world.plate('京A12345', { device: 'cameraOut' });
    world.run(500);
    expect(codes(world)).toEqual(['secondFactorUnavailable']);
    expect(world.sent).toEqual([]);
  });
});

describe('the window of a half', () => {
  it('is not renewed by its repeats: a card that comes after it is too late, and waits for the plate itself', () => {
    const world = stands();
    reads(world, [mine], 10_000);
    reads(world, [mine, mine], 3000);
    reads(world, [tag], 1000);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'secondFactorMissing', 'awaitingSecondFactor']);
    expect(world.sent).toEqual([]);
    reads(world, [mine], 100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is not renewed by decisions about cards that are not its own', () => {
    const world = stands();
    reads(world, [mine], 6000);
    reads(world, [card('fff')], 6000);
    reads(world, [card('eee')], 4000);
    reads(world, [mine, tag], 100);
    expect(world.sent).toEqual([]);
  });

  it('is not renewed where a card came after it that is not its own', () => {
    const world = stands();
    reads(world, [mine], 16_000);
    reads(world, [card('fff'), mine], 500);
    reads(world, [tag], 100);
    expect(codes(world).at(-1)).toBe('awaitingSecondFactor');
    expect(world.sent).toEqual([]);
  });

  it('is not renewed by the repeats of a card that waits for its plate', () => {
    const world = stands();
    reads(world, [tag, tag], 8000);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'secondFactorMissing']);
    reads(world, [mine], 100);
    expect(world.sent).toEqual([]);
  });

  it('ends for each half by itself, so that nobody waits for ever who shows both again', () => {
    const world = stands();
    reads(world, [mine], 20_000);
    reads(world, [tag], 16_000);
    reads(world, [mine], 1000);
    expect(world.sent).toEqual([]);
    reads(world, [tag], 100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('begins with the first sure reading of the plate', () => {
    const world = stands();
    reads(world, [plate('京A12345', 0.4)], 14_000);
    reads(world, [mine], 14_000);
    reads(world, [tag], 100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('goes with the plate that a surer one replaces', () => {
    const world = stands();
    reads(world, [plate('京A12346', 0.85)], 14_000);
    reads(world, [plate('京A12345', 0.99)], 14_000);
    reads(world, [tag], 100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is a whole one after the reader was down, however long the car has stood, and then ends', () => {
    const returned = (): World => {
      const world = open();
      world.observe({ kind: 'deviceSilent', device: 'reader', why: 'line down' });
      world.run(15_000);
      arrives(world, '京A12345');
      world.run(60_000);
      world.observe({ kind: 'deviceReturned', device: 'reader' });
      world.run(14_000);
      expect(codes(world)).toEqual(['secondFactorUnavailable', 'awaitingSecondFactor']);
      return world;
    };
    const inTime = returned();
    reads(inTime, [tag], 100);
    expect(inTime.actions()).toEqual(['pulseOpen']);
    const late = returned();
    late.run(2000);
    expect(codes(late).at(-1)).toBe('secondFactorMissing');
    reads(late, [tag], 100);
    expect(late.sent).toEqual([]);
  });
});

describe('what stands far apart', () => {
  it('leaves the later one to be judged alone: the card', () => {
    const world = stands();
    reads(world, [plate('京Z99999')], 20_000);
    reads(world, [card('eee')], 100);
    expect(world.ofKind('decision').at(-1)?.body.code).toBe('CredentialNotEnabled');
    reads(world, [card('111')], 100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('leaves the later one to be judged alone: the plate', () => {
    const world = gate({}, { rows: [...rows, row({ id: 'h', key: 'plate:京H77777', permit: 'single' })] });
    world.set('arming', true);
    world.run(200);
    reads(world, [card('fff')], 20_000);
    reads(world, [plate('京H77777')], 100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});

it('a card shown long before says nothing for a car that is seen to drive away', () => {
  const away = (apartMs: number): World => {
    const world = gate({}, { rows: [...rows, row({ id: 'h', key: 'plate:京H77777', permit: 'single' })] });
    world.set('arming', true);
    world.run(200);
    reads(world, [card('fff')], apartMs);
    world.plate('京H77777', { heading: 'leaving' });
    world.run(100);
    return world;
  };
  expect(away(3000).actions()).toEqual(['pulseOpen']);
  const late = away(20_000);
  expect(codes(late).at(-1)).toBe('drivingAway');
  expect(late.sent).toEqual([]);
});

describe('the devices that count are those of the direction', () => {
  it('a reader on the way out reads no card of a car that comes in', () => {
    const readers = [
      { device: 'reader', direction: 'in' },
      { device: 'readerOut', direction: 'out' },
    ] as const;
    const inputs = [...without('arming'), input('arming', { direction: 'in' })];
    const world = gate({ ...twoWay, inputs, readers }, { rows });
    world.observe({ kind: 'deviceSilent', device: 'reader', why: 'line down' });
    world.run(15_000);
    arrives(world, '京A12345');
    world.run(20_000);
    expect(codes(world)).toEqual(['secondFactorUnavailable']);
  });

  it('nor is it missed when it is the one that fails', () => {
    const readers = [
      { device: 'reader', direction: 'in' },
      { device: 'readerOut', direction: 'out' },
    ] as const;
    const world = gate({ ...twoWay, readers, secondFactorFallback: 'singleFactor' }, { rows });
    world.observe({ kind: 'deviceSilent', device: 'readerOut', why: 'line down' });
    world.run(15_000);
    arrives(world, '京A12345');
    world.run(20_000);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'secondFactorMissing']);
    expect(world.sent).toEqual([]);
  });
});

describe('the next car', () => {
  it.each([
    ['is no other car where a sensor still feels the first one', {}, ['pulseOpen']],
    ['has shown no card yet where no sensor tells it from the first one', { inputs: without('arming') }, []],
  ])('%s', (_, change, actions) => {
    const world = stands(change);
    reads(world, [plate('京Z99999'), tag, mine], 500);
    expect(world.actions()).toEqual(actions);
    reads(world, [tag], 500);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('needs its own card: that of the car before it was for that car', () => {
    const world = stands();
    reads(world, [mine, tag], 500);
    expect(world.actions()).toEqual(['pulseOpen']);
    reads(world, [plate('京E55555'), plate('京E55555')], 500);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'permitted', 'awaitingSecondFactor']);
  });

  it('needs its own card also when the car before has driven through', () => {
    const world = stands();
    reads(world, [mine, tag], 3000);
    drivesThrough(world);
    world.set('arming', true);
    world.run(200);
    reads(world, [plate('京E55555'), plate('京E55555')], 500);
    expect(codes(world).at(-1)).toBe('awaitingSecondFactor');
  });

  it('is let in by its card while the one before it, let in by a card, still stands there', () => {
    const world = stands();
    reads(world, [card('111'), card('222'), card('222')], 500);
    expect(world.ofKind('decision').map((record) => record.personal?.card)).toEqual(['111', '222']);
    expect(codes(world)).toEqual(['permitted', 'permitted']);
  });

  it('is another car where its plate differs in three characters, however unsure of it the camera is', () => {
    const world = stands();
    reads(world, [plate('京A12888', 0.99), mine, tag], 500);
    expect(codes(world)).toEqual(['unknownCredential', 'awaitingSecondFactor', 'permitted']);
    expect(world.actions()).toEqual(['pulseOpen']);
  });
});

it('a grant that has come to nothing leaves no half behind when its window is over', () => {
  const world = stands();
  reads(world, [mine, tag], 500);
  world.until(() => world.ofKind('passage').length > 0);
  reads(world, [mine, mine], 1000);
  expect(codes(world)).toEqual(['awaitingSecondFactor', 'permitted', 'awaitingSecondFactor']);
  reads(world, [tag, mine], 100);
  expect(codes(world).at(-1)).toBe('permitted');
});
