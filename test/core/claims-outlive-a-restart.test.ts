/** A lockdown, a lane out of service and an owned hold after a restart and over a reload: in force, and no boom moves for it (I17). */
import { describe, expect, it } from 'vitest';
import type { KeptClaim } from '../../src/core/io.ts';
import { keptClaims } from '../../src/core/lane/kept-claims.ts';
import { modeOf } from '../../src/core/lane/claims.ts';
import { arrives, eastLane, gate, type LaneChange } from './lane-fixtures.ts';
import { monday } from './decide-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const held: LaneChange = { barrier: { hold: 'maintained' } };
const kept = (change: Partial<KeptClaim>): KeptClaim => ({
  ...{ lane: 'east', key: 'lockdown', purpose: 'lockdown', via: 'cli', since: 0 },
  ...{ remainingMs: null, passagesLeft: null, wholeSite: false, ...change },
});
const recall = (world: Gate, ...claims: readonly KeptClaim[]) => world.request({ kind: 'recallClaims', claims });
const mode = (world: Gate, lane = 'east') => modeOf(world.lane(lane).claims);
const outcome = (world: Gate) => world.ofKind('decision').at(-1)?.body.code;

describe('what was claimed before a restart', () => {
  it('is told without names: key, purpose, since when, how long, how many, and where', () => {
    const world = gate(held);
    const by = { via: 'cli', name: '李工' };
    const asked = { kind: 'claim' as const, lane: 'east', by, reason: '训练 3-101' };
    world.request({ ...asked, purpose: 'hold', key: 'hold', expiresInMs: 60_000, passages: 4 });
    world.request({ ...asked, purpose: 'lockdown', key: 'lockdown', expiresInMs: null, wholeSite: true });
    world.claim('emergency');
    const since = monday + world.now;
    world.run(10_000);
    const now = { mono: world.now, wall: monday + world.now, wallTrusted: true };
    expect(keptClaims(world.site, now)).toEqual([
      kept({ key: 'hold', purpose: 'hold', since, remainingMs: 50_000, passagesLeft: 4 }),
      kept({ since, wholeSite: true }),
    ]);
  });

  it('binds from the first read on, and for the time that was left', () => {
    const world = gate();
    recall(world, kept({ purpose: 'outOfService', key: 'outOfService' }), kept({ remainingMs: 30_000 }));
    expect(mode(world)).toBe('outOfService');
    arrives(world, '京A12345');
    expect(outcome(world)).toBe('outOfService');
    world.release('outOfService');
    expect(outcome(world)).toBe('lockedDown');
    world.run(31_000);
    expect(mode(world)).toBe('normal');
    expect(outcome(world)).toBe('permitted');
  });

  it('moves no boom: a hold whose boom is found down stays down, under a fault', () => {
    const world = gate(held);
    recall(world, kept({ purpose: 'hold', key: 'hold', remainingMs: 60_000 }));
    world.run(30_000);
    expect(world.sent).toEqual([]);
    expect(mode(world)).toBe('heldOpen');
    expect(world.faults).toEqual(['heldBoomDown']);
    world.run(31_000);
    expect(world.faults).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  it('keeps a boom up that is found held, and closes it at the end of the hold under I2', () => {
    const world = gate(held, { startsOpen: true });
    world.outputs({ open: true });
    recall(world, kept({ purpose: 'hold', key: 'hold', remainingMs: 90_000 }));
    world.run(89_000);
    expect(world.sent).toEqual([]);
    arrives(world, '京Z99999');
    expect(outcome(world)).toBe('heldOpen');
    world.set('arming', false);
    world.until(() => world.actions().includes('holdOff'));
    expect(world.ofKind('announced')).toHaveLength(1);
  });

  it('ends there where its time ran out meanwhile', () => {
    const world = gate();
    recall(world, kept({ remainingMs: 0 }));
    expect(world.lane().claims).toEqual([]);
    expect(world.ofKind('claimRecalled')[0]?.body).toMatchObject({ key: 'lockdown', over: true });
  });

  it('never takes the place of what stands: an emergency keeps its key', () => {
    const world = gate(held);
    world.claim('emergency', 'lockdown');
    recall(world, kept({}));
    expect(mode(world)).toBe('emergency');
  });
});

describe('a reload', () => {
  it('keeps claims, and binds a lane that comes with it to what was claimed for the whole site', () => {
    const world = gate();
    const by = { via: 'cli', name: '李工' };
    const asked = { kind: 'claim' as const, lane: 'east', by, reason: '' };
    world.request({ ...asked, purpose: 'lockdown', key: 'lockdown', expiresInMs: 60_000, wholeSite: true });
    world.request({ ...asked, purpose: 'hold', key: 'hold', expiresInMs: 60_000 });
    world.run(20_000);
    const sent = world.sent.length;
    world.replace([eastLane(), { ...eastLane(), id: 'west' }]);
    expect(mode(world)).toBe('lockedDown');
    expect(world.lane('west').claims.map(({ key }) => key)).toEqual(['lockdown']);
    expect(world.sent).toHaveLength(sent);
    world.run(41_000);
    expect([mode(world), mode(world, 'west')]).toEqual(['normal', 'normal']);
  });
});
