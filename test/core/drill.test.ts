import { describe, expect, it } from 'vitest';
import type { Actor, OrderedReach } from '../../src/core/io.ts';
import { claims, fire, isOpen, laneOf, north, out, person, release, road } from './emergency-world.ts';
import { input, without } from './lane-fixtures.ts';

type World = ReturnType<typeof road>;
const route: OrderedReach = { kind: 'route', route: 'north' };
const start = (world: World, reach: OrderedReach = route, by: Actor = person) =>
  world.request({ kind: 'drill', by, reach, note: '月度演练' });
const ended = (world: World) => world.ofKind('drillEnded').map(({ body }) => [body.result, body.why]);
const times = (world: World) =>
  world.ofKind('drillLaneOpened').map(({ lane, body }) => [lane, body.basis, body.inTime, body.stoodOpen]);
const position = (world: World, id: string) => world.lane(id).barrier?.position;
/** It sees no people: somebody must watch the boom come down. */
const watched = { inputs: [...without('obstruction'), input('obstruction', { detects: 'vehicle' as const })] };
const unseen = {
  barrier: { hasOpenLimit: false, hasClosedLimit: false },
  inputs: without('openLimit', 'closedLimit'),
};

describe('a drill', () => {
  it('opens, holds and times every lane of its route on the word of a present person, and ends by itself', () => {
    const world = road();
    start(world);
    const from = world.now;
    expect(claims(world)).toMatchObject({
      in: [expect.stringMatching(/^drill:/)],
      out: [expect.any(String)],
      side: [],
    });
    world.until(isOpen(world, 'in', 'out'));
    const opened = world.now;
    world.run(29_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    expect(position(world, 'side')).toBe('closed');
    world.until(() => ended(world).length > 0, 5000);
    expect(world.now - opened).toBeLessThanOrEqual(30_200);
    expect(times(world)).toEqual([
      ['in', 'measured', true, false],
      ['out', 'measured', true, false],
    ]);
    const [first] = world.ofKind('drillLaneOpened');
    expect(first?.body.ms).toBeGreaterThanOrEqual(2000);
    expect(first?.body.ms).toBeLessThanOrEqual(opened - from);
    expect(ended(world)).toEqual([['passed', null]]);
    expect(world.ofKind('drillStarted')[0]).toMatchObject({
      body: { reach: route, lanes: ['in', 'out'], leftOut: [], withinMs: 30_000 },
      personal: { by: '王', note: '月度演练' },
    });
  });

  it('saves nobody: its frames wait for their record, and close as every other does, announced and under I2', () => {
    const world = road();
    start(world);
    world.until(() => ended(world).length > 0, 90_000);
    world.set('obstruction', true, 'in-board');
    world.run(20_000);
    expect([position(world, 'in'), position(world, 'out')]).toEqual(['open', 'closed']);
    world.set('obstruction', false, 'in-board');
    world.until(() => position(world, 'in') === 'closed', 30_000);
    expect(world.ofKind('announced').map(({ lane }) => lane)).toEqual(expect.arrayContaining(['in', 'out']));
    for (const { command } of world.sent) expect(command.after).not.toBeNull();
    expect(claims(world)).toEqual({ in: [], out: [], side: [] });
  });

  it('leaves a boom that software may not close unwatched up for a person', () => {
    const world = road([laneOf('in', watched), laneOf('out', { ...out, ...watched })]);
    start(world);
    world.run(200_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    expect(world.faults).toContain('heldOpenTooLong');
    world.guard('guardClose', 'in');
    world.until(() => position(world, 'in') === 'closed', 30_000);
  });

  it('unlocks a door and locks it again; what no contact shows is presumed, and proves nothing', () => {
    const door = { kind: 'door' as const, device: 'gate-board', line: 'line1', fail: 'safe' as const };
    const portal = { ...door, escapeRoute: false, hasContact: false, heldOpenAfterMs: 30_000 };
    const gate = { ...laneOf('gate', { inputs: [] }), portal };
    const world = road([laneOf('in'), gate], [{ ...north, lanes: ['in', 'gate'] }]);
    start(world);
    world.run(90_000);
    const atGate = world.sent.filter(({ command }) => command.lane === 'gate').map(({ command }) => command.action);
    expect(atGate).toEqual(['unlock', 'lock']);
    expect(world.ofKind('drillEnded')[0]?.body).toMatchObject({ result: 'presumed', presumed: ['gate'], failed: [] });
  });

  it('is presumed, never passed, where no limit shows the boom or where it stood open before', () => {
    const blind = road([laneOf('in', unseen), laneOf('out', out)]);
    start(blind);
    blind.run(90_000);
    expect(ended(blind)).toEqual([['presumed', null]]);
    const world = road();
    world.request({
      ...{ kind: 'claim', lane: 'in', by: person, purpose: 'hold', key: 'peak', reason: '', expiresInMs: null },
    });
    world.until(isOpen(world, 'in'));
    start(world);
    world.run(90_000);
    expect(times(world)).toContainEqual(['in', 'measured', true, true]);
    expect(world.ofKind('drillEnded')[0]?.body).toMatchObject({ result: 'presumed', stoodOpen: ['in'] });
    expect(claims(world).in).toEqual(['peak']);
    expect(isOpen(world, 'in')()).toBe(true);
  });

  it('fails for a lane that is not open within 30 s, is over after 60 s, and still tells when that lane opened', () => {
    const world = road();
    world.boom('out-board').stuck = true;
    start(world);
    const from = world.now;
    world.run(29_800);
    expect(world.ofKind('drillLaneNotOpen')).toEqual([]);
    world.run(400);
    expect(world.ofKind('drillLaneNotOpen')[0]).toMatchObject({
      lane: 'out',
      body: { why: 'notOpen', afterMs: 30_000, position: 'closed' },
    });
    world.boom('out-board').stuck = false;
    world.until(() => ended(world).length > 0, 40_000);
    expect(world.now - from).toBeGreaterThanOrEqual(59_900);
    expect(world.now - from).toBeLessThanOrEqual(60_200);
    expect(times(world).at(-1)).toEqual(['out', 'measured', false, false]);
    expect(world.ofKind('drillEnded')[0]?.body).toMatchObject({ result: 'failed', failed: ['out'], why: null });
  });

  it('fails for a lane that does not stay open', () => {
    const world = road();
    start(world);
    world.until(isOpen(world, 'in', 'out'));
    world.silence('out-board');
    world.run(60_000);
    expect(world.ofKind('drillLaneNotOpen').map(({ lane, body }) => [lane, body.why])).toEqual([['out', 'notHeld']]);
    expect(ended(world)).toEqual([['failed', null]]);
  });

  it('refuses nobody: whoever comes meanwhile passes, against the way of the route too', () => {
    const world = road(undefined, [{ ...north, direction: 'out' }]);
    start(world);
    world.until(isOpen(world, 'in', 'out'));
    world.set('arming', true, 'in-board');
    world.run(300);
    world.plate('京A12345', { device: 'in-camera' });
    world.run(500);
    const decisions = world.ofKind('decision').map(({ body }) => body.outcome);
    expect(decisions).toEqual(['granted']);
  });

  it('yields to a real emergency without the boom moving, and its other lanes come down', () => {
    const world = road();
    start(world, { kind: 'site' });
    world.until(isOpen(world, 'in', 'out', 'side'));
    const before = world.sent.length;
    fire(world);
    world.run(200);
    expect(ended(world)).toEqual([['interrupted', 'emergency']]);
    expect(claims(world)).toEqual({ in: ['fire:in-board.fire'], out: ['fire:in-board.fire'], side: [] });
    world.run(120_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    expect(position(world, 'side')).toBe('closed');
    const later = world.sent.slice(before).map(({ command }) => [command.lane, command.action]);
    // What holds the boom is said once more: an emergency always sends.
    expect(later).toEqual([
      ['in', 'holdOn'],
      ['out', 'holdOn'],
      ['side', 'holdOff'],
    ]);
  });

  it('that a fire meets on the way up goes on as an emergency', () => {
    const world = road();
    start(world);
    world.run(500);
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    expect(ended(world)).toEqual([['interrupted', 'emergency']]);
    expect(world.sent.every(({ command }) => command.action === 'holdOn')).toBe(true);
    world.run(300_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
  });

  it('is ended early by a person over all its lanes', () => {
    const world = road();
    start(world);
    world.until(isOpen(world, 'in', 'out'));
    release(world, claims(world).out?.[0] ?? '', 'out');
    expect(ended(world)).toEqual([['interrupted', 'released']]);
    world.until(() => position(world, 'in') === 'closed' && position(world, 'out') === 'closed', 60_000);
  });

  it('yields to the guard: his close ends it, and comes down under I2 as ever', () => {
    const world = road();
    start(world);
    world.until(isOpen(world, 'in', 'out'));
    world.set('obstruction', true, 'in-board');
    world.run(300);
    world.guard('guardClose', 'in');
    expect(world.ofKind('pressed').at(-1)?.body.refused).toBeNull();
    expect(ended(world)).toEqual([['interrupted', 'guardClosed']]);
    world.run(5000);
    expect(position(world, 'in')).toBe('open');
    world.set('obstruction', false, 'in-board');
    world.until(() => position(world, 'in') === 'closed' && position(world, 'out') === 'closed', 60_000);
  });

  it('moves no boom of a technician or of a lockdown, and says so', () => {
    const world = road();
    for (const [lane, purpose] of [
      ['in', 'outOfService'],
      ['out', 'lockdown'],
    ] as const)
      world.request({ kind: 'claim', lane, by: person, purpose, key: purpose, reason: '', expiresInMs: null });
    start(world, { kind: 'site' });
    world.run(90_000);
    expect(world.sent.every(({ command }) => command.lane === 'side')).toBe(true);
    expect(world.ofKind('drillLaneNotOpen').map(({ lane, body }) => [lane, body.mode])).toEqual([
      ['in', 'outOfService'],
      ['out', 'lockedDown'],
    ]);
    expect(ended(world)).toEqual([['failed', null]]);
  });

  it('leaves out a step input', () => {
    const step = laneOf('side', { barrier: { openInput: 'step', hold: 'none' } });
    const world = road([laneOf('in'), step]);
    start(world, { kind: 'site' });
    world.run(90_000);
    expect(world.ofKind('drillStarted')[0]?.body).toMatchObject({ lanes: ['in'], leftOut: ['side'] });
    expect(world.sent.every(({ command }) => command.lane === 'in')).toBe(true);
  });
});

describe('a drill is not begun', () => {
  it.each([
    ['by nobody', { via: 'cli', name: ' ' }, route, 'needsNamedPerson'],
    ['by the platform', { via: 'upstream', name: '王' }, route, 'needsPersonOnTheSpot'],
    ['by a timetable', { via: 'schedule', name: '王' }, route, 'needsPersonOnTheSpot'],
    ['over a route that is not there', person, { kind: 'route', route: 'south' }, 'noSuchRoute'],
    ['over a lane that is not there', person, { kind: 'lane', lane: 'north' }, 'noSuchLane'],
  ] as const)('%s', (_, by, reach, why) => {
    const world = road();
    start(world, reach, by);
    world.run(5000);
    expect(world.ofKind('drillRefused').map(({ body }) => body.why)).toEqual([why]);
    expect(world.sent).toEqual([]);
    expect(world.site.drill).toBeNull();
  });

  it.each([
    ['in an emergency', 'emergencyStands', (world: World) => fire(world)],
    [
      'while nobody knows whether one stands',
      'latchInDoubt',
      (world: World) => world.request({ kind: 'recallLatch', causes: [], doubt: { why: 'x', lanes: null } }),
    ],
    ['beside another', 'drillRunning', (world: World) => start(world)],
    ['without a journal', 'journalBroken', (world: World) => world.breakJournal()],
  ] as const)('%s', (_, why, given) => {
    const world = road();
    given(world);
    world.run(300);
    start(world, { kind: 'site' });
    expect(world.ofKind('drillRefused').map(({ body }) => body.why)).toEqual([why]);
  });
});

describe('a drill and the process', () => {
  it('that was cut off by a restart is on record as interrupted, and what it held up is found and closed', () => {
    const before = road();
    start(before);
    const [started] = before.ofKind('drillStarted');
    const world = road([laneOf('in'), laneOf('out', out)], [north], { startsOpen: true });
    world.request({ kind: 'recallDrill', started: started?.body ?? {} });
    expect(world.ofKind('drillEnded')[0]?.body).toMatchObject({
      ...{ key: started?.body.key, result: 'interrupted', why: 'restarted', lanes: ['in', 'out'] },
    });
    expect(world.site.drill).toBeNull();
    world.run(20_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    expect(claims(world)).toEqual({ in: [], out: [] });
  });

  it('goes on over a reload, which moves nothing, and proves nothing once a lane of it has gone', () => {
    const world = road();
    start(world);
    world.until(isOpen(world, 'in', 'out'));
    const before = world.sent.length;
    world.replace([laneOf('in'), laneOf('side')]);
    world.run(5000);
    expect(world.sent).toHaveLength(before);
    expect(isOpen(world, 'in')()).toBe(true);
    world.run(60_000);
    expect(ended(world)).toEqual([['interrupted', 'laneGone']]);
  });

  it.each([
    [30_000, 'passed', 'drillRecorded'],
    [30_001, 'passed', 'drillRefused'],
    [30_001, 'failed', 'drillRecorded'],
  ] as const)(
    'timed by people at %i ms and told to be %s is a %s: later than 30 s proves nothing',
    (ms, result, kind) => {
      const world = road();
      world.request({ kind: 'recordDrill', lane: 'in', by: person, case: 'mainsOff', ms, result, note: '' });
      const drills = world.records.filter((one) => one.kind.startsWith('drill'));
      expect(drills.map((one) => [one.kind, one.lane])).toEqual([[kind, 'in']]);
      if (kind === 'drillRefused') expect(drills[0]?.body.why).toBe('laterThanPassed');
    },
  );

  it('timed by people is recorded as they say it', () => {
    const world = road();
    world.request({
      ...{
        kind: 'recordDrill',
        lane: 'in',
        by: person,
        case: 'mainsOff',
        ms: 41_000,
        result: 'failed',
        note: '摇把卡住',
      },
    });
    expect(world.ofKind('drillRecorded')[0]).toMatchObject({
      lane: 'in',
      body: { case: 'mainsOff', ms: 41_000, inTime: false, result: 'failed' },
      personal: { by: '王', note: '摇把卡住' },
    });
    expect(world.sent).toEqual([]);
  });
});
