import { describe, expect, it } from 'vitest';
import { latchOf } from '../../src/core/emergency/latch.ts';
import type { LatchedCause } from '../../src/core/io.ts';
import { arrives, drivesThrough, gate, input, without } from './lane-fixtures.ts';
import { claims, fire, isOpen, laneOf, north, out, release, road } from './emergency-world.ts';

const key = 'fire:in-board.fire';
const reachingItself = [...without('fire'), input('fire', { reach: 'lane' })];
type World = ReturnType<typeof road>;

const recall = (world: World, causes: readonly LatchedCause[], doubt: string | null = null) =>
  world.request({ kind: 'recallLatch', causes, doubt: doubt === null ? null : { why: doubt, lanes: null } });
const acknowledge = (world: World, lane: string, name: string | null = '王') =>
  world.request({
    ...{ kind: 'acknowledgeFault', lane, by: { via: 'cli', name }, fault: 'latchUnreadable', reason: '现场无火情' },
  });
/** What a process kept that had this fire. */
function kept(): readonly LatchedCause[] {
  const before = road();
  fire(before);
  before.run(300);
  return latchOf(before.site).causes;
}

describe('the emergencies that stood before a restart', () => {
  it('are held again on every lane, asserted until measured open, and end only by a named person (I3)', () => {
    const world = road();
    world.silence('out-board', false);
    recall(world, kept());
    world.run(5000);
    expect(isOpen(world, 'in')()).toBe(true);
    world.bringBack('out-board');
    world.until(isOpen(world, 'in', 'out'));
    world.run(300_000);
    expect(claims(world)).toEqual({ in: [key], out: [key], side: [] });
    expect(world.sent.every(({ command }) => command.action === 'holdOn' && command.after === null)).toBe(true);
    release(world, key, 'in', { via: 'gateway', name: null });
    expect(world.ofKind('releaseRefused')).toHaveLength(1);
    release(world, key);
    expect(claims(world)).toEqual({ in: [], out: [], side: [] });
  });

  it('are kept without a name, and come back with the moment at which they began', () => {
    const world = road();
    world.request({ kind: 'emergency', by: { via: 'cli', name: '李四' }, reach: { kind: 'site' }, reason: '火' });
    const [cause] = latchOf(world.site).causes;
    expect(JSON.stringify(cause)).not.toContain('李四');
    const after = road();
    recall(after, cause === undefined ? [] : [cause]);
    expect(after.site.emergencies[0]?.since.wall).toBe(cause?.since);
    expect(latchOf(after.site)).toEqual(latchOf(world.site));
  });

  it('hold what they held also where the same cause has begun anew over less', () => {
    const alone = [laneOf('in', { inputs: reachingItself }), laneOf('out', out), laneOf('side')];
    const world = road(alone);
    fire(world);
    world.until(isOpen(world, 'in'));
    expect(claims(world)).toEqual({ in: [key], out: [], side: [] });
    recall(world, kept());
    expect(claims(world)).toEqual({ in: [key], out: [key], side: [] });
    world.until(isOpen(world, 'in', 'out'));
    release(world, key);
    fire(world, 'in', false);
    world.run(300);
    release(world, key);
    expect(claims(world)).toEqual({ in: [], out: [], side: [] });
  });

  it('in doubt twice keep the first reason, which is the nearer to its cause', () => {
    const world = road();
    recall(world, [], 'fileUnreadable');
    recall(world, [], 'placesDiffer');
    expect(latchOf(world.site).doubt?.why).toBe('fileUnreadable');
  });

  it('told of twice, or of one that has begun anew meanwhile, are one', () => {
    const world = road();
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    const sent = world.sent.length;
    recall(world, kept());
    recall(world, kept());
    world.run(10_000);
    expect(world.site.emergencies.map((cause) => cause.key)).toEqual([key]);
    expect(world.sent).toHaveLength(sent);
  });

  it('hold what they held, and what their route has become since', () => {
    const world = road([laneOf('in'), laneOf('out', out), laneOf('side')], [{ ...north, lanes: ['in', 'side'] }]);
    recall(world, kept());
    expect(claims(world)).toEqual({ in: [key], out: [key], side: [key] });
  });
});

describe('a latch that cannot be believed', () => {
  it('lets nothing close on any lane, whoever asks, until a named person has looked at that lane (I3)', () => {
    const world = road();
    recall(world, [], 'placesDiffer');
    for (const lane of ['in', 'side']) {
      world.guard('guardOpen', lane);
      world.until(isOpen(world, lane));
    }
    world.run(300_000);
    world.guard('guardClose', 'in');
    expect(world.ofKind('pressed').at(-1)?.body.refused).toBe('latchUnreadable');
    world.run(300_000);
    expect(isOpen(world, 'in', 'side')()).toBe(true);
    acknowledge(world, 'in', null);
    expect(world.ofKind('faultAcknowledged').at(-1)?.body.refused).toBe('needsNamedPerson');
    acknowledge(world, 'in');
    world.until(() => world.lane('in').barrier?.position === 'closed', 300_000);
    expect(isOpen(world, 'side')()).toBe(true);
    expect(latchOf(world.site).doubt).toEqual({ why: 'placesDiffer', lanes: ['out', 'side'] });
    acknowledge(world, 'out');
    acknowledge(world, 'side');
    expect(latchOf(world.site).doubt).toBeNull();
    world.until(() => world.lane('side').barrier?.position === 'closed', 300_000);
  });

  it('still opens for whoever may pass, and closes behind nobody', () => {
    const world = gate();
    world.request({ kind: 'recallLatch', causes: [], doubt: { why: 'fileUnreadable', lanes: null } });
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    drivesThrough(world);
    world.run(300_000);
    expect(world.boom().isUp).toBe(true);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'taken' });
  });

  it('takes back a close that is on its way', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    drivesThrough(world, 500);
    world.slowJournal(280);
    world.until(() => world.lane().close?.stage === 'ordered');
    world.request({ kind: 'recallLatch', causes: [], doubt: { why: 'placesDiffer', lanes: null } });
    world.run(60_000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('leaves a door unlocked that was unlocked, until a person has looked', () => {
    const portal = { kind: 'door' as const, device: 'gate-board', line: 'line1', fail: 'safe' as const };
    const door = { ...portal, escapeRoute: false, hasContact: false, heldOpenAfterMs: 30_000 };
    const world = road([{ ...laneOf('gate', { inputs: [] }), portal: door }], []);
    recall(world, [], 'databaseRestored');
    world.guard('guardOpen', 'gate');
    world.run(60_000);
    expect(world.actions()).toEqual(['unlock']);
    acknowledge(world, 'gate');
    world.run(1000);
    expect(world.actions()).toEqual(['unlock', 'lock']);
  });

  it('keeps a boom up whose emergency is released meanwhile', () => {
    const world = road();
    recall(world, kept(), 'placesDiffer');
    world.until(isOpen(world, 'in', 'out'));
    release(world, key);
    world.run(300_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    acknowledge(world, 'out');
    world.until(() => world.lane('out').barrier?.position === 'closed', 300_000);
    expect(isOpen(world, 'in')()).toBe(true);
  });

  it('holds for a lane that a reload brings while it is in doubt, and for the same lanes after another restart', () => {
    const world = road([laneOf('in'), laneOf('out', out)]);
    recall(world, [], 'fileMissing');
    acknowledge(world, 'in');
    world.replace([laneOf('in'), laneOf('out', out), laneOf('side')]);
    expect(latchOf(world.site).doubt?.lanes).toEqual(['out', 'side']);
    const after = road();
    after.request({ kind: 'recallLatch', causes: [], doubt: latchOf(world.site).doubt });
    expect(latchOf(after.site)).toEqual(latchOf(world.site));
  });
});
