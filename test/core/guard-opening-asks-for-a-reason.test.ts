import { describe, expect, it } from 'vitest';
import { OWED_MAX, OWED_TOO_LONG_MS } from '../../src/core/owed-reasons.ts';
import { gate } from './lane-fixtures.ts';

type World = ReturnType<typeof gate>;

const push = (world: World, forMs = 300): void => {
  world.set('button', true);
  world.run(forMs);
  world.set('button', false);
  world.run(300);
};
const owed = (world: World) => world.site.owedReasons.map(({ id, lane, via, presses }) => ({ id, lane, via, presses }));
const answer = (world: World, opening: string, reason = '送货', name: string | null = '王'): void =>
  world.request({ kind: 'giveReason', opening, by: { via: 'cli', name }, reason });
const firstPress = (world: World): string => `boot.${world.ofKind('pressed')[0]?.ref}`;
/** Nothing is read meanwhile: a shift of polls is no matter here. */
const passQuietly = (world: World, ms: number): void => {
  world.silence();
  for (let left = ms; left > 0; left -= 600_000) world.run(Math.min(left, 600_000));
};
const screen = { via: 'screen', name: '王' } as const;

describe('an opening of the guard without a reason', () => {
  it('is on the wire and in the journal before anybody is asked, and is a to-do until it is answered', () => {
    const world = gate();
    push(world);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(owed(world)).toEqual([{ id: firstPress(world), lane: 'east', via: 'button', presses: 1 }]);
    world.run(600_000);
    expect(owed(world)).toHaveLength(1);
    answer(world, firstPress(world));
    expect(owed(world)).toEqual([]);
    const [given] = world.ofKind('reasonGiven');
    expect(given).toMatchObject({
      cause: world.ofKind('pressed')[0]?.ref,
      lane: 'east',
      body: { opening: firstPress(world), openedVia: 'button', via: 'cli' },
      personal: { by: '王', reason: '送货' },
    });
    expect(JSON.stringify(given?.body)).not.toMatch(/送货|王/);
  });

  it('is one to-do, however often the same opening is extended; the next vehicle’s is another', () => {
    const world = gate();
    push(world);
    push(world);
    push(world);
    expect(owed(world)).toEqual([expect.objectContaining({ presses: 3 })]);
    expect(world.ofKind('pressed').map(({ body }) => body.reason)).toEqual(['owed', 'sameOpening', 'sameOpening']);
    world.until(() => world.lane().grants.length === 0);
    push(world);
    expect(owed(world).map(({ presses }) => presses)).toEqual([3, 1]);
  });

  it('asks again for nothing once it is answered, though the button is pressed again in it', () => {
    const world = gate();
    push(world);
    answer(world, firstPress(world));
    push(world);
    expect(owed(world)).toEqual([]);
  });

  it('is answered by a later press of the same opening that says why', () => {
    const world = gate();
    push(world);
    world.request({ kind: 'guardOpen', lane: 'east', by: screen, reason: '搬家' });
    expect(owed(world)).toEqual([]);
    expect(world.ofKind('reasonGiven')[0]?.body).toMatchObject({ reasonIn: world.ofKind('pressed')[1]?.ref });
  });

  it('comes from a screen as from the button; with a reason it asks for none, and the text is personal', () => {
    const world = gate();
    world.guard('guardOpen');
    expect(owed(world)).toEqual([expect.objectContaining({ via: 'screen' })]);
    const told = gate();
    told.request({ kind: 'guardOpen', lane: 'east', by: screen, reason: '搬家' });
    expect(owed(told)).toEqual([]);
    expect(told.ofKind('pressed')[0]).toMatchObject({
      body: { reason: 'given' },
      personal: { by: '王', reason: '搬家' },
    });
    const blank = gate();
    blank.request({ kind: 'guardOpen', lane: 'east', by: screen, reason: '  ' });
    expect(owed(blank)).toHaveLength(1);
  });

  it('is answered by a named person with a reason only, and once', () => {
    const world = gate();
    push(world);
    const id = firstPress(world);
    answer(world, id, ' ');
    answer(world, id, '送货', null);
    answer(world, 'boot.999');
    expect(owed(world)).toHaveLength(1);
    answer(world, id);
    answer(world, id);
    expect(world.ofKind('requestRefused').map(({ body }) => body.why)).toEqual([
      ...['noReason', 'noReason', 'noSuchOpening', 'noSuchOpening'],
    ]);
    expect(world.ofKind('reasonGiven')).toHaveLength(1);
  });
});

describe('reasons that are owed for longer than a shift', () => {
  it('are one fault of the site, which ends when the last of them is answered', () => {
    const world = gate();
    push(world);
    world.until(() => world.lane().grants.length === 0);
    push(world);
    const ids = owed(world).map(({ id }) => id);
    passQuietly(world, OWED_TOO_LONG_MS - 120_000);
    expect(world.faults).not.toContain('reasonsOwed');
    world.run(180_000);
    expect(world.site.faults['reasonsOwed@site']?.detail).toMatchObject({ count: 2, opening: ids[0], lane: 'east' });
    expect(world.ofKind('faultRaised').filter(({ body }) => body.code === 'reasonsOwed')).toHaveLength(1);
    answer(world, ids[0] ?? '');
    expect(world.faults).toContain('reasonsOwed');
    answer(world, ids[1] ?? '');
    expect(world.faults).not.toContain('reasonsOwed');
  });

  it('are counted by elapsed time, whatever the wall clock does (I13)', () => {
    const world = gate();
    push(world);
    world.clockSteps(30 * 24 * 3_600_000);
    world.run(60_000);
    expect(world.faults).not.toContain('reasonsOwed');
  });

  it('are asked for again after a restart, at their age, and not twice; they are answered like others', () => {
    const world = gate();
    push(world);
    const since = world.site.owedReasons[0]?.since ?? 0;
    const earlier = { id: 'before.7', lane: 'gone', via: 'button', since: since - OWED_TOO_LONG_MS, presses: 2 };
    for (let times = 0; times < 2; times++) world.request({ kind: 'recallReasons', owed: [earlier] });
    expect(owed(world).map(({ id }) => id)).toEqual(['before.7', firstPress(world)]);
    expect(world.faults).toContain('reasonsOwed');
    expect(world.actions()).toEqual(['pulseOpen']);
    answer(world, 'before.7');
    expect(world.ofKind('reasonGiven')[0]).toMatchObject({ cause: null, body: { opening: 'before.7' } });
    expect(world.faults).not.toContain('reasonsOwed');
  });

  it('of a wall clock that went back over the restart are no younger than now', () => {
    const world = gate();
    const since = 4_000_000_000_000;
    world.request({ kind: 'recallReasons', owed: [{ id: 'b.1', lane: 'east', via: 'button', since, presses: 1 }] });
    passQuietly(world, OWED_TOO_LONG_MS - 1000);
    expect(world.faults).not.toContain('reasonsOwed');
    world.run(2000);
    expect(world.faults).toContain('reasonsOwed');
  });

  it('have room for so many: the oldest goes on record, under the fault, and the button opens all the same (I15)', () => {
    const world = gate();
    const since = 0;
    const kept = Array.from({ length: OWED_MAX }, (_, at) => ({
      id: `b.${at}`,
      lane: 'east',
      via: 'button',
      presses: 1,
    }));
    world.request({ kind: 'recallReasons', owed: kept.map((one) => ({ ...one, since: since + 4e12 })) });
    expect(world.site.faults['reasonsOwed@site']?.detail).toMatchObject({ limit: OWED_MAX });
    push(world);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(owed(world)).toHaveLength(OWED_MAX);
    expect(world.ofKind('reasonNotAsked').map(({ body }) => body.opening)).toEqual(['b.0']);
    expect(owed(world).at(-1)?.id).toBe(firstPress(world));
  });
});
