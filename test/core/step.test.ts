import { describe, expect, it } from 'vitest';
import { step } from '../../src/core/step.ts';
import { arrives, drivesThrough, eastLane, fullInputs, gate, input } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

function aboutToClose(): Gate {
  const world = gate({ timing: { closeAfterClearMs: 3000 } });
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  drivesThrough(world);
  expect(world.lane().close).not.toBeNull();
  return world;
}

describe('no close outlives', () => {
  it.each([
    ['a clock step', (world: Gate) => world.clockSteps(3_600_000)],
    ['a new configuration', (world: Gate) => world.replace([eastLane({ name: '新' })])],
    ['the silence of its board', (world: Gate) => world.silence()],
  ])('%s', (_, happens) => {
    const world = aboutToClose();
    happens(world);
    expect(world.lane().close).toBeNull();
    world.run(20_000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('a clock step while its frame waits for the disk, and a new one is decided afterwards', () => {
    const world = aboutToClose();
    world.journal = 250;
    world.until(() => world.lane().close?.stage === 'ordered');
    world.clockSteps(-3_600_000);
    world.run(10_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.lane().close).toBeNull();
    world.until(is(world, 'closed'));
    expect(world.faults).toEqual([]);
  });
});

describe('a clock step', () => {
  it('changes no elapsed behaviour (I13)', () => {
    const times = [0, 86_400_000].map((byMs) => {
      const world = gate();
      arrives(world, '京A12345');
      world.clockSteps(byMs);
      world.set('arming', false);
      world.until(is(world, 'closed'));
      return world.now;
    });
    expect(times[0]).toBe(times[1]);
  });
});

describe('a new configuration', () => {
  it('moves no boom and keeps grants, claims and position (I17)', () => {
    const world = gate();
    world.guard('guardOpen');
    world.until(is(world, 'open'));
    world.claim('hold');
    const before = world.lane();
    const sent = world.sent.length;
    world.replace([eastLane({ timing: { notTakenAfterMs: 30_000 } })]);
    expect(world.lane().grants).toEqual(before.grants);
    expect(world.lane().claims).toEqual(before.claims);
    expect(world.lane().barrier).toEqual(before.barrier);
    expect(world.sent).toHaveLength(sent);
  });

  it('with another board ends its grants in words, keeps its claims and finds the rest anew', () => {
    const world = gate();
    world.claim('lockdown');
    world.guard('guardOpen');
    world.run(500);
    const inputs = fullInputs.map((one) => ({ ...one, device: 'board2' }));
    world.replace([eastLane({ barrier: { device: 'board2' }, inputs })]);
    expect(world.ofKind('passage').at(-1)?.body).toMatchObject({ outcome: 'unknown', basis: 'presumed' });
    expect(world.lane().grants).toEqual([]);
    expect(world.lane().claims.map((claim) => claim.purpose)).toEqual(['lockdown']);
    expect(world.lane().barrier?.position).toBe('unknown');
  });

  it('with another wiring believes nothing that was read before', () => {
    const world = gate();
    const inputs = fullInputs.map((one) =>
      one.role === 'obstruction' ? input('obstruction', { detects: 'person' }) : one,
    );
    world.replace([eastLane({ inputs })]);
    expect(Object.values(world.lane().inputs).every((reading) => reading.reads === 0)).toBe(true);
    world.run(500);
    expect(world.faults).toEqual([]);
  });

  it('without a lane clears the faults of the lane and its devices', () => {
    const world = gate();
    world.silence();
    expect(world.faults).not.toEqual([]);
    world.replace([]);
    expect(world.faults).toEqual([]);
  });

  it('asserts an emergency and nothing else', () => {
    const world = gate({ barrier: { hold: 'maintained' } });
    world.claim('emergency');
    world.until(is(world, 'open'));
    const inputs = fullInputs.map((one) => ({ ...one, device: 'board2' }));
    world.replace([eastLane({ barrier: { hold: 'maintained', device: 'board2' }, inputs })]);
    expect(world.sent.at(-1)?.command).toMatchObject({ device: 'board2', priority: 'emergency' });
  });
});

describe('start', () => {
  it('moves nothing: the boom is taken as it is found (I17)', () => {
    for (const startsOpen of [true, false]) {
      const world = gate({}, { startsOpen });
      world.run(30_000);
      expect(world.sent).toEqual([]);
      expect(world.lane().barrier?.position).toBe(startsOpen ? 'open' : 'closed');
    }
  });
});

describe('the journal', () => {
  it('slower than 300 ms lets standing permits out all the same', () => {
    const world = gate();
    world.journal = 5000;
    arrives(world, '京A12345');
    world.run(299);
    expect(world.sent).toEqual([]);
    world.run(1);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('slower than 300 ms keeps one-time credentials waiting for a person', () => {
    const world = gate();
    world.journal = 5000;
    arrives(world, '京D13579');
    world.run(1000);
    expect(world.sent).toEqual([]);
    expect(world.ofKind('passage').at(-1)?.body).toMatchObject({ returned: true });
  });
});

describe('what belongs to no lane', () => {
  it('is recorded and refused in words, and never throws', () => {
    const world = gate();
    world.guard('guardOpen', 'nowhere');
    expect(world.ofKind('requestRefused')).toHaveLength(1);
    world.observe({
      kind: 'cardRead',
      device: 'stray',
      bits: 24,
      value: '1',
      format: 'w26',
      receivedAt: 0,
      late: false,
    });
    expect(world.ofKind('cardRead')[0]?.body.recordedOnly).toBe('noLane');
    const now = { mono: world.now, wall: 0, wallTrusted: false };
    for (const timer of ['', '.', 'east', 'east.', 'east.nonsense', 'gone.travel', 'east.in.', '..'])
      expect(step(world.site, { kind: 'elapsed', now, timer, facts: null }).effects).toEqual([]);
  });

  it('an outcome of a command that nobody gave changes nothing', () => {
    const world = gate();
    const now = { mono: world.now, wall: 0, wallTrusted: false };
    const outcome = {
      command: 'x',
      device: 'board',
      result: 'confirmed',
      sentAt: 1,
      committedAt: null,
      settledAt: 1,
      detail: '',
    } as const;
    expect(step(world.site, { kind: 'outcome', now, outcome })).toEqual({ site: world.site, effects: [] });
  });

  it('a device fault is raised once and cleared once', () => {
    const world = gate();
    const fault = { kind: 'deviceFault', device: 'board', fault: 'motorTripped', detail: '' } as const;
    for (const raised of [true, true, false, false]) world.observe({ ...fault, raised });
    expect(world.ofKind('faultRaised')).toHaveLength(1);
    expect(world.ofKind('faultCleared')).toHaveLength(1);
  });
});

describe('more unsettled commands than a lane may have', () => {
  it('are a fault, and the guard still opens', () => {
    const world = gate();
    const now = () => ({ mono: world.now, wall: 0, wallTrusted: false });
    let { site } = world;
    for (let count = 0; count < 60; count++) {
      const request = { kind: 'guardOpen', lane: 'east', by: { via: 'screen', name: null } } as const;
      const next = step(site, { kind: 'requested', now: now(), request, facts: null });
      site = next.site;
      expect(next.effects.some((effect) => effect.kind === 'command')).toBe(true);
    }
    expect(site.lanes.east?.pending).toHaveLength(32);
    expect(Object.keys(site.faults)).toContain('commandFailed@east');
  });
});
