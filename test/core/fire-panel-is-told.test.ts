/** The feedback output (gate.md "Emergency and fire"): what a fire panel is told of the way, and when it is told no more. */
import { describe, expect, it } from 'vitest';
import { latchOf } from '../../src/core/emergency/latch.ts';
import type { LaneModel } from '../../src/core/site-model.ts';
import { eastLane, gate, input, without } from './lane-fixtures.ts';
import { World } from './lane-harness.ts';

const told = input('fire', { feedback: 'feedback' });
const wired = { inputs: [...without('fire'), told] };
const tells = (world: World) =>
  world.sent.flatMap(({ command }) => (command.action.startsWith('feedback') ? [command.action] : []));
const key = 'fire:board.fire';

function burns(change: Parameters<typeof eastLane>[0] = {}): World {
  const world = gate({ ...wired, ...change });
  world.set('fire', true);
  return world;
}

/** A second lane on a board of its own, on one route with the first. */
function twoLanes(): World {
  const west: LaneModel = {
    ...eastLane({ barrier: { device: 'west-board', travelMs: 6000 } }),
    id: 'west',
    inputs: without('fire').map((one) => ({ ...one, device: 'west-board' })),
  };
  const routes = [{ id: 'north', name: 'N', lanes: ['east', 'west'], direction: 'in' as const }];
  const world = new World({ lanes: [eastLane(wired), west], rows: [], routes });
  world.run(500);
  return world;
}

describe('a fire panel is told that the way is open', () => {
  it('once the boom is measured open, and not before; behind everything that opens', () => {
    const world = burns();
    world.run(1500);
    expect(world.lane().barrier?.position).toBe('opening');
    expect(tells(world)).toEqual([]);
    world.run(1500);
    expect(tells(world)).toEqual(['feedbackOn']);
    expect(world.sent.find(({ command }) => command.action === 'feedbackOn')?.command.priority).toBe('command');
  });

  it('only when the last boom of its route is', () => {
    const world = twoLanes();
    world.set('fire', true);
    world.until(() => world.lane().barrier?.position === 'open');
    world.run(1000);
    expect(tells(world)).toEqual([]);
    world.until(() => world.lane('west').barrier?.position === 'open');
    world.run(200);
    expect(tells(world)).toEqual(['feedbackOn']);
  });

  it('never of a boom that no limit shows', () => {
    const world = burns({
      barrier: { hasOpenLimit: false },
      inputs: wired.inputs.filter(({ role }) => role !== 'openLimit'),
    });
    world.run(30_000);
    expect(world.lane().barrier).toMatchObject({ position: 'open', basis: 'presumed' });
    expect(tells(world)).toEqual([]);
  });

  it('never of a boom that stands open without a fire', () => {
    const world = gate(wired);
    world.guard('guardOpen');
    world.run(5000);
    expect(tells(world)).toEqual([]);
  });

  it('also with the journal broken', () => {
    const world = gate(wired);
    world.breakJournal();
    world.set('fire', true);
    world.run(4000);
    expect(tells(world)).toEqual(['feedbackOn']);
  });
});

describe('it is told so no more', () => {
  const open = (): World => {
    const world = burns();
    world.run(4000);
    expect(tells(world)).toEqual(['feedbackOn']);
    return world;
  };

  it('when the boom leaves its limit, and again when it is back', () => {
    const world = open();
    world.set('openLimit', false);
    world.run(200);
    expect(tells(world)).toEqual(['feedbackOn', 'feedbackOff']);
    world.unset('openLimit');
    world.run(200);
    expect(tells(world)).toEqual(['feedbackOn', 'feedbackOff', 'feedbackOn']);
  });

  it('when the fire is released, not when its contact is normal again', () => {
    const world = open();
    world.set('fire', false);
    world.run(2000);
    expect(tells(world)).toEqual(['feedbackOn']);
    world.release(key);
    world.run(200);
    expect(tells(world)).toEqual(['feedbackOn', 'feedbackOff']);
  });

  it('when another board of the route falls silent', () => {
    const world = twoLanes();
    world.set('fire', true);
    world.run(9000);
    expect(tells(world)).toEqual(['feedbackOn']);
    world.silence('west-board');
    world.run(500);
    expect(tells(world)).toEqual(['feedbackOn', 'feedbackOff']);
  });

  it('after an order that failed: it is given again, and the fault stands until it is answered', () => {
    const world = burns();
    world.fate = ({ action }) => (action === 'feedbackOn' ? 'unanswered' : 'confirmed');
    world.run(4000);
    expect(world.faults).toContain('feedbackFailed');
    world.outputs({ feedback: false });
    world.fate = () => 'confirmed';
    world.run(6000);
    expect(tells(world).at(-1)).toBe('feedbackOn');
    expect(world.faults).not.toContain('feedbackFailed');
  });
});

describe('after a restart', () => {
  /** The board of the second lane does not answer yet. */
  const restarted = (latched: boolean): World => {
    const world = twoLanes();
    world.set('fire', true);
    world.run(9000);
    expect(tells(world)).toEqual(['feedbackOn']);
    const { causes } = latchOf(world.site);
    world.sent.splice(0);
    if (!latched) world.set('fire', false);
    world.silence('west-board', false);
    world.restart();
    world.outputs({ feedback: true });
    if (latched) world.request({ kind: 'recallLatch', causes, doubt: null });
    world.run(800);
    return world;
  };

  it('an output that was left closed stays so for as long as a boom that is held has not been seen yet', () => {
    const world = restarted(true);
    expect(world.site.emergencies.map((one) => one.key)).toEqual([key]);
    world.bringBack('west-board');
    world.run(3000);
    expect(tells(world)).not.toContain('feedbackOff');
  });

  it('and is opened once the board of that boom is known to be silent', () => {
    const world = restarted(true);
    expect(tells(world)).not.toContain('feedbackOff');
    world.silence('west-board');
    world.run(500);
    expect(tells(world)).toContain('feedbackOff');
  });

  it('one that no emergency stands behind is opened', () => {
    expect(tells(restarted(false))).toContain('feedbackOff');
  });
});
