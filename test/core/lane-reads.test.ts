import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { arrives, drivesThrough, gate, limits, list, neighbour, resident, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const codes = (world: Gate) => world.ofKind('decision').map((one) => one.body.code);

describe('plate before sensor', () => {
  it('a live read waits for the next presence edge and then opens', () => {
    const world = gate();
    world.plate('京A12345');
    world.run(2500);
    expect(codes(world)).toEqual([]);
    world.set('arming', true);
    world.run(200);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.ofKind('unmatched')).toEqual([]);
  });

  it('is recorded as unmatched only when the window is over, and moves nothing afterwards', () => {
    const world = gate();
    world.plate('京A12345');
    world.run(4900);
    expect(world.ofKind('unmatched')).toEqual([]);
    world.run(200);
    expect(world.ofKind('unmatched')).toHaveLength(1);
    world.set('arming', true);
    world.run(1000);
    expect(world.sent).toEqual([]);
  });

  it('three cars without presence: the sensor is not believed, and the lane runs as one without', () => {
    const world = gate({}, { rows: list });
    for (const plate of ['京Z11111', '京Y22222', '京A12345']) {
      world.plate(plate);
      world.run(5100);
    }
    expect(world.faults).toContain('armingSensorSilent');
    expect(world.actions()).toEqual(['pulseOpen']);
    world.run(40_000);
    world.plate('京B67890');
    world.run(100);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(2);
    world.set('arming', true);
    world.run(200);
    expect(world.faults).not.toContain('armingSensorSilent');
  });

  it('three frames of one car are one miss of the sensor', () => {
    const world = gate();
    for (let frame = 0; frame < 3; frame++) {
      world.plate('京A12345');
      world.run(300);
    }
    world.run(6000);
    expect(world.ofKind('unmatched')).toHaveLength(3);
    expect(world.faults).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  it('an unknown sensor is as none, with a fault, and its silence or return opens for no waiting read', () => {
    const world = gate();
    world.plate('京A12345');
    world.run(100);
    world.silence();
    world.run(500);
    expect(world.sent).toEqual([]);
    world.set('arming', true);
    world.bringBack();
    world.run(1000);
    expect(world.sent).toEqual([]);
    const blind = gate();
    blind.mute('arming');
    blind.run(2000);
    expect(blind.faults).toContain('armingSensorSilent');
    blind.plate('京A12345');
    blind.run(100);
    expect(blind.actions()).toEqual(['pulseOpen']);
  });
});

describe('reads of one car', () => {
  it('frames and re-sends make one presentation and one opening', () => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { eventId: 'e1' });
    world.plate('京A12345', { eventId: 'e1' });
    world.plate('京A12345', { eventId: 'e2' });
    world.plate('京A1234S', { eventId: 'e3', confidence: 0.7 });
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(codes(world)).toEqual(['permitted']);
    expect(world.ofKind('plateRead')).toHaveLength(4);
  });

  it('a re-sending after the car has gone never meets the next car (I9)', () => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { eventId: 'e1' });
    drivesThrough(world);
    world.run(10_000);
    world.plate('京A12345', { eventId: 'e1' });
    world.run(1000);
    world.set('arming', true);
    world.run(3000);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(1);
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('resent');
  });

  it.each(['replayed', 'historical', 'held'] as const)('a %s one is recorded and moves nothing (I9)', (late) => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { late });
    world.run(3000);
    expect(world.sent).toEqual([]);
    expect(codes(world)).toEqual([]);
    expect(world.ofKind('plateRead')[0]?.body.recordedOnly).toBe(late);
  });

  it('of a lane without sensor are over when nothing has read it for a while', () => {
    const world = gate({ inputs: without('arming') });
    world.plate('京Z99999');
    world.run(9000);
    world.plate('京Z99999');
    world.run(9000);
    expect(world.lane().approaches.in.current).not.toBeNull();
    world.run(2000);
    expect(world.lane().approaches.in.current).toBeNull();
  });

  it('a neighbour one character away is a car of its own on a lane without sensor', () => {
    const near = row({ id: 'r9', key: 'plate:京A12346', permit: 'p9' });
    const world = gate({ inputs: without('arming') }, { rows: [...list, near] });
    world.plate('京A12345');
    world.run(4000);
    world.plate('京A12346');
    world.run(500);
    expect(codes(world)).toEqual(['permitted', 'permitted']);
  });
});

describe('a standing car is decided again', () => {
  it('when the list changes, while it stands there and not when it has gone', () => {
    const world = gate({}, { rows: [] });
    arrives(world, '京A12345');
    world.run(500);
    expect(codes(world)).toEqual(['unknownCredential']);
    world.listsChanged([resident]);
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
    const gone = gate({}, { rows: [] });
    arrives(gone, '京A12345');
    gone.run(500);
    gone.set('arming', false);
    gone.run(300);
    gone.listsChanged([resident]);
    gone.run(500);
    expect(gone.sent).toEqual([]);
  });

  it('when a surer frame reads another plate', () => {
    const world = gate();
    arrives(world, '京A1234S');
    world.plate('京A12345', { confidence: 0.99 });
    world.run(100);
    expect(codes(world).at(-1)).toBe('permitted');
  });

  it('when a person answers, once, and a refusal is not asked again by the next frame', () => {
    const world = gate({}, { rows: [] });
    arrives(world, '');
    expect(codes(world)).toEqual(['noPlate']);
    world.request({
      kind: 'answerReferral',
      lane: 'east',
      by: { via: 'screen', name: '王' },
      grant: false,
      reason: '',
    });
    world.plate('');
    world.run(500);
    expect(world.ofKind('decision').map((one) => one.body.outcome)).toEqual(['referred', 'denied']);
    world.request({ kind: 'answerReferral', lane: 'east', by: { via: 'screen', name: '王' }, grant: true, reason: '' });
    expect(world.ofKind('answerRefused')).toHaveLength(1);
    expect(world.sent).toEqual([]);
  });

  it('and cars of a camera that gives every car one and the same id are told apart', () => {
    const world = gate({ inputs: limits });
    world.plate('京A12345', { eventId: 'always' });
    world.run(30_000);
    world.plate('京B67890', { eventId: 'always' });
    expect(world.ofKind('decision').map(({ body }) => body.outcome)).toEqual(['granted', 'granted']);
  });

  it('when its grant has ended and it is read anew, but not by a re-sending', () => {
    const world = gate();
    world.set('arming', true);
    world.run(200);
    world.plate('京A12345', { eventId: 'e1' });
    world.until(() => world.ofKind('passage').length === 1);
    world.plate('京A12345', { eventId: 'e1' });
    world.run(100);
    expect(codes(world)).toHaveLength(1);
    world.plate('京A12345', { eventId: 'e2' });
    world.run(100);
    expect(codes(world)).toEqual(['permitted', 'permitted']);
  });

  it('the guard’s answer opens like his button, ahead of the disk', () => {
    const world = gate({}, { rows: [] });
    arrives(world, '');
    world.journal = 250;
    world.request({ kind: 'answerReferral', lane: 'east', by: { via: 'screen', name: '王' }, grant: true, reason: '' });
    expect(world.sent.at(-1)?.command).toMatchObject({ priority: 'guard', after: null });
  });
});

describe('plate and card of one permit', () => {
  const both = { permit: 'p1', requires: 'plateAndCard' as const };
  const rows = [
    row({ ...both, id: 'a', key: 'plate:京A12345' }),
    row({ ...both, id: 'b', key: 'card:24:abc' }),
    neighbour,
  ];

  it.each([
    ['plate first', ['plate', 'card']],
    ['card first', ['card', 'plate']],
  ])('open in either order: %s', (_, order) => {
    const world = gate({}, { rows });
    world.set('arming', true);
    world.run(200);
    for (const half of order) {
      if (half === 'plate') world.plate('京A12345');
      else world.card('abc');
      world.run(2000);
    }
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'permitted']);
    expect(world.ofKind('decision')[0]?.body.outcome).toBe('referred');
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('are denied when the window ends, once, however often the first half is read', () => {
    const world = gate({}, { rows });
    arrives(world, '京A12345');
    world.run(16_000);
    world.plate('京A12345');
    world.plate('京A12345');
    world.run(5000);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'secondFactorMissing']);
    expect(world.sent).toEqual([]);
  });

  it('do not add up over two presences', () => {
    const world = gate({}, { rows });
    arrives(world, '京A12345');
    world.run(1000);
    world.set('arming', false);
    world.run(300);
    world.set('arming', true);
    world.run(300);
    world.card('abc');
    world.run(500);
    expect(codes(world)).toEqual(['awaitingSecondFactor', 'awaitingSecondFactor']);
    expect(world.sent).toEqual([]);
  });

  it('further apart than the window do not open', () => {
    const world = gate({}, { rows });
    arrives(world, '京A12345');
    world.run(20_000);
    world.card('abc');
    world.run(500);
    expect(world.sent).toEqual([]);
    world.plate('京A12345');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('a tag of somebody else is a mismatch', () => {
    const world = gate(
      {},
      { rows: [...rows, row({ id: 'x', key: 'card:24:999', permit: 'px', requires: 'plateAndCard' })] },
    );
    arrives(world, '京A12345');
    world.card('999');
    world.run(100);
    expect(world.sent).toEqual([]);
    expect(codes(world).at(-1)).toBe('secondFactorMismatch');
  });
});

describe('what waits has a limit', () => {
  it('a flood of reads keeps no more than eight waiting and moves nothing', () => {
    const world = gate();
    for (let count = 0; count < 500; count++) world.plate(`京A${10_000 + count}`, { eventId: `e${count}` });
    expect(world.lane().approaches.in.waiting).toHaveLength(8);
    expect(world.sent).toEqual([]);
  });
});
