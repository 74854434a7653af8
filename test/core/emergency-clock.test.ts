import { describe, expect, it } from 'vitest';
import type { LaneModel } from '../../src/core/site-model.ts';
import { without } from './lane-fixtures.ts';
import { fire, isOpen, laneOf, north, out, release, road } from './emergency-world.ts';

const key = 'fire:in-board.fire';
type World = ReturnType<typeof road>;
const opened = (world: World) =>
  world.ofKind('emergencyOpened').map(({ lane, body }) => [lane, body.basis, body.inTime] as const);
const notOpen = (world: World) =>
  Object.values(world.site.faults).flatMap(({ code, subject, detail }) =>
    code === 'emergencyLaneNotOpen' ? [[subject, detail.alternative] as const] : [],
  );
const row = (...ids: readonly string[]): World => {
  const lanes = ids.map((id): LaneModel => laneOf(id));
  return road(lanes, [{ ...north, lanes: ids }]);
};

describe('from a cause to an open boom', () => {
  it('the time is measured on each lane, and held against 30 s', () => {
    const world = road();
    fire(world);
    const at = world.now;
    world.until(isOpen(world, 'in', 'out'));
    const took = world.now - at;
    expect(opened(world)).toEqual([
      ['in', 'measured', true],
      ['out', 'measured', true],
    ]);
    for (const { body } of world.ofKind('emergencyOpened')) {
      expect(body).toMatchObject({ key, withinMs: 30_000 });
      expect(body.ms).toBeGreaterThanOrEqual(2000);
      expect(body.ms).toBeLessThanOrEqual(took);
    }
    world.run(120_000);
    expect(world.ofKind('emergencyOpened')).toHaveLength(2);
    expect(world.lane('in').claims[0]?.opened?.basis).toBe('measured');
  });

  it('is presumed where no limit shows the boom, and raises no alarm', () => {
    const unseen = {
      barrier: { hasOpenLimit: false, hasClosedLimit: false },
      inputs: without('openLimit', 'closedLimit'),
    };
    const world = road([laneOf('in', unseen), laneOf('out', out)]);
    fire(world);
    world.run(20_000);
    expect(opened(world)).toContainEqual(['in', 'presumed', true]);
    expect(notOpen(world)).toEqual([]);
  });

  it('is none for a boom that stands open already, and is taken for every cause of its own', () => {
    const world = road();
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    world.request({
      kind: 'emergency',
      by: { via: 'cli', name: '李' },
      reach: { kind: 'lane', lane: 'in' },
      reason: '',
    });
    expect(world.ofKind('emergencyOpened').at(-1)).toMatchObject({ lane: 'in', body: { key: 'order:lane:in', ms: 0 } });
  });
});

describe('a lane that is not open after 10 s', () => {
  it('is named with the nearest lane of its route that is measured open, until it is open, and told late', () => {
    const world = row('d', 'a', 'b', 'in');
    world.boom('a-board').stuck = true;
    world.boom('b-board').stuck = true;
    fire(world);
    world.run(9500);
    expect(notOpen(world)).toEqual([]);
    world.run(800);
    expect(notOpen(world)).toEqual([
      ['a', 'd'],
      ['b', 'in'],
    ]);
    world.run(30_000);
    world.boom('a-board').stuck = false;
    world.until(isOpen(world, 'a'));
    world.run(300);
    expect(notOpen(world)).toEqual([['b', 'in']]);
    expect(opened(world).at(-1)).toEqual(['a', 'measured', false]);
  });

  it('is named anew with a way that has come to be open, or in place of one that is open no more', () => {
    const world = row('d', 'a', 'b', 'in');
    for (const id of ['d', 'a', 'b', 'in']) world.boom(`${id}-board`).stuck = true;
    fire(world);
    world.run(11_000);
    expect(notOpen(world)).toContainEqual(['b', 'none']);
    world.boom('d-board').stuck = false;
    world.until(isOpen(world, 'd'));
    world.run(10_000);
    expect(notOpen(world)).toContainEqual(['b', 'd']);
    world.boom('in-board').stuck = false;
    world.until(isOpen(world, 'in'));
    world.run(10_000);
    // Nearer, and yet whoever was sent to the first is not sent round again.
    expect(notOpen(world)).toContainEqual(['b', 'd']);
    world.silence('d-board');
    world.run(20_000);
    expect(notOpen(world)).toContainEqual(['b', 'in']);
    const told = world
      .ofKind('faultRaised')
      .filter(({ lane, body }) => lane === 'b' && body.code === 'emergencyLaneNotOpen');
    expect(told.map(({ body }) => (body.detail as { alternative: string }).alternative)).toEqual(['none', 'd', 'in']);
  });

  it('is not sent to a lane that another emergency holds open, which leads elsewhere', () => {
    const world = road([laneOf('in'), laneOf('side')], []);
    world.boom('in-board').stuck = true;
    fire(world);
    fire(world, 'side');
    world.run(11_000);
    expect(isOpen(world, 'side')()).toBe(true);
    expect(notOpen(world)).toEqual([['in', 'none']]);
  });

  it('is sent to one that is only presumed open where none is measured, as what it is, and on as soon as one is', () => {
    const unseen = {
      barrier: { hasOpenLimit: false, hasClosedLimit: false },
      inputs: without('openLimit', 'closedLimit'),
    };
    const lanes = [laneOf('in'), laneOf('near', unseen), laneOf('out', { ...out, ...unseen }), laneOf('far')];
    const world = road(lanes, [{ ...north, lanes: ['in', 'near', 'out', 'far'] }]);
    const bases = () =>
      Object.values(world.site.faults).flatMap(({ code, subject, detail }) =>
        code === 'emergencyLaneNotOpen' && subject === 'in' ? [[detail.alternative, detail.alternativeBasis]] : [],
      );
    for (const id of ['in', 'far']) world.boom(`${id}-board`).stuck = true;
    fire(world);
    world.run(11_000);
    expect(bases()).toEqual([['near', 'presumed']]);
    expect(notOpen(world)).toContainEqual(['far', 'out']);
    world.boom('far-board').stuck = false;
    world.until(isOpen(world, 'far'));
    world.run(10_000);
    expect(bases()).toEqual([['far', 'measured']]);
  });

  it('is so too while its board is silent, and a boom that is lost again is another 10 s', () => {
    const world = road();
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    world.silence('out-board');
    world.run(9000);
    expect(notOpen(world)).toEqual([]);
    world.run(2000);
    expect(notOpen(world)).toEqual([['out', 'in']]);
    world.bringBack('out-board');
    world.run(500);
    expect(notOpen(world)).toEqual([]);
    expect(world.ofKind('emergencyOpened')).toHaveLength(2);
  });

  it('is no fault any more once the emergency is released', () => {
    const world = road();
    world.boom('out-board').stuck = true;
    fire(world);
    world.run(12_000);
    fire(world, 'in', false);
    world.run(300);
    release(world, key);
    expect(notOpen(world)).toEqual([]);
    world.run(60_000);
    expect(notOpen(world)).toEqual([]);
  });

  it('is a door whose lock does not answer; one that does is presumed open', () => {
    const door = { kind: 'door' as const, device: 'gate-board', line: 'line1', fail: 'safe' as const };
    const portal = { ...door, escapeRoute: false, hasContact: false, heldOpenAfterMs: 30_000 };
    for (const answers of [true, false]) {
      const world = road(
        [laneOf('in'), { ...laneOf('gate', { inputs: [] }), portal }],
        [{ ...north, lanes: ['in', 'gate'] }],
      );
      if (!answers) world.fate = ({ lane }) => (lane === 'gate' ? 'unanswered' : 'confirmed');
      fire(world);
      world.run(12_000);
      expect(opened(world).some(([lane, basis]) => lane === 'gate' && basis === 'presumed')).toBe(answers);
      expect(notOpen(world)).toEqual(answers ? [] : [['gate', 'in']]);
    }
  });
});
