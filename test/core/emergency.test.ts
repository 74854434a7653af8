import { describe, expect, it } from 'vitest';
import type { Request } from '../../src/core/io.ts';
import { input, without } from './lane-fixtures.ts';
import { claims, fire, isOpen, laneOf, north, out, person, release, road, siren } from './emergency-world.ts';

const key = 'fire:in-board.fire';

describe('a cause of emergency', () => {
  it('opens and holds every lane of its route by maintained outputs, its own first, before any record (I3, I4)', () => {
    const world = road();
    world.breakJournal();
    fire(world, 'out');
    world.run(100);
    const sent = world.sent.map(({ command }) => [command.lane, command.action, command.priority, command.after]);
    expect(sent).toEqual([
      ['out', 'holdOn', 'emergency', null],
      ['in', 'holdOn', 'emergency', null],
    ]);
    world.until(isOpen(world, 'in', 'out'));
    fire(world, 'out', false);
    world.run(600_000);
    expect(isOpen(world, 'in', 'out')()).toBe(true);
    expect(world.lane('side').barrier?.position).toBe('closed');
    expect(claims(world)).toEqual({ in: ['fire:out-board.fire'], out: ['fire:out-board.fire'], side: [] });
  });

  it('unlocks the doors of its route, and they stay so', () => {
    const door = { kind: 'door' as const, device: 'gate-board', line: 'line1', fail: 'safe' as const };
    const portal = { ...door, escapeRoute: false, hasContact: false, heldOpenAfterMs: 30_000 };
    const gate = { ...laneOf('gate', { inputs: [] }), portal };
    const world = road([laneOf('in'), gate], [{ ...north, lanes: ['in', 'gate'] }]);
    fire(world);
    world.run(60_000);
    expect(world.sent.filter(({ command }) => command.lane === 'gate').map(({ command }) => command.action)).toEqual([
      'unlock',
    ]);
    fire(world, 'in', false);
    world.run(300);
    release(world, key);
    world.run(1000);
    expect(world.sent.at(-1)?.command).toMatchObject({ lane: 'gate', action: 'lock' });
  });

  it('finds a door that stands open to be open, as measured, and one without a contact as presumed', () => {
    const door = { kind: 'door' as const, device: 'gate-board', line: 'line1', fail: 'safe' as const };
    const portal = { ...door, escapeRoute: false, hasContact: true, heldOpenAfterMs: 30_000 };
    const contact = { ...laneOf('gate', { inputs: [input('doorContact')] }), portal };
    const bare = { ...laneOf('gate', { inputs: [] }), portal: { ...portal, hasContact: false } };
    for (const [gate, basis] of [
      [contact, 'measured'],
      [bare, 'presumed'],
    ] as const) {
      const world = road([laneOf('in'), gate], [{ ...north, lanes: ['in', 'gate'] }]);
      world.set('doorContact', true, 'gate-board');
      world.run(300);
      fire(world);
      world.run(1000);
      const opened = world.ofKind('emergencyOpened').find(({ lane }) => lane === 'gate');
      expect(opened?.body).toMatchObject({ basis });
    }
  });

  it.each([
    ['its lane alone', 'lane' as const, ['in']],
    ['the site', 'site' as const, ['in', 'out', 'side']],
    ['a route that it is not on', ['south'], ['side']],
    ['a route that does not exist, as if none were named', ['west'], ['in', 'out']],
    ['a route of which no lane runs, as if none were named', ['east'], ['in', 'out']],
    ['the routes of its lane where nothing is said', undefined, ['in', 'out']],
  ])('reaches %s', (_, reach, reached) => {
    const inputs = [...without('fire'), input('fire', { reach })];
    const routes = [north, { ...north, id: 'south', lanes: ['side'] }, { ...north, id: 'east', lanes: [] }];
    const world = road([laneOf('in', { inputs }), laneOf('out', out), laneOf('side')], routes);
    fire(world);
    world.run(300);
    const held = Object.entries(claims(world)).flatMap(([lane, keys]) => (keys.length > 0 ? [lane] : []));
    expect(held).toEqual(reached);
    world.run(2000);
    expect(world.ofKind('claim')).toHaveLength(reached.length + (reached.includes('in') ? 0 : 1));
  });

  it('reaches its own lane where no route has it', () => {
    const world = road([laneOf('in'), laneOf('side')], []);
    fire(world);
    world.run(300);
    expect(claims(world)).toEqual({ in: [key], side: [] });
  });

  it('of a siren or remote control latches as fire does', () => {
    const world = road([laneOf('in', {}, [siren]), laneOf('out', out)]);
    world.set('emergency', true, 'in-board');
    world.until(isOpen(world, 'in', 'out'));
    world.set('emergency', false, 'in-board');
    world.run(10_000);
    expect(claims(world)).toEqual({ in: ['emergency:in-board.emergency'], out: ['emergency:in-board.emergency'] });
    expect(world.lane('out').claims[0]?.purpose).toBe('emergency');
    release(world, 'emergency:in-board.emergency');
    expect(claims(world)).toEqual({ in: [], out: [] });
  });

  it('unknown opens nothing and calms nothing; its return opens only what is read twice (I12)', () => {
    const world = road([laneOf('in', {}, [siren]), laneOf('out', out)]);
    world.silence('in-board');
    world.set('emergency', true, 'in-board');
    world.run(5000);
    expect(world.sent).toEqual([]);
    expect(world.faults).toContain('emergencyInputUnknown');
    world.bringBack('in-board');
    world.run(20);
    expect(world.sent).toEqual([]);
    world.until(isOpen(world, 'in', 'out'));
    world.silence('in-board');
    release(world, 'emergency:in-board.emergency');
    expect(world.ofKind('releaseRefused').at(-1)?.body.refused).toBe('contactNotNormal');
    world.run(60_000);
    expect(isOpen(world, 'out')()).toBe(true);
  });

  it('is a level: what comes late or again from before the release latches nothing anew (I9)', () => {
    const world = road();
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    const stale = { kind: 'inputsRead', device: 'in-board', at: world.now, values: { fire: true } } as const;
    fire(world, 'in', false);
    world.run(500);
    release(world, key);
    world.observe(stale);
    world.observe(stale);
    world.run(10_000);
    expect(world.site.emergencies).toEqual([]);
  });

  it('has one fault where one of two contacts cannot be read, and it does not come and go', () => {
    const both = [...without('fire'), input('fire'), input('fire', { id: 'fire2', device: 'panel' })];
    const world = road([laneOf('in', { inputs: both })], []);
    world.silence('panel');
    world.run(3000);
    expect(world.ofKind('faultRaised').filter(({ body }) => body.code === 'fireInputUnknown')).toHaveLength(1);
    expect(world.faults).toContain('fireInputUnknown');
  });
});

describe('a person’s order of an emergency', () => {
  type Reach = Extract<Request, { kind: 'emergency' }>['reach'];
  const order = (world: ReturnType<typeof road>, reach: Reach, name: string | null = '李') =>
    world.request({ kind: 'emergency', reach, by: { via: 'cli', name }, reason: '火' });

  it.each([
    [{ kind: 'lane' as const, lane: 'out' }, 'order:lane:out', ['out']],
    [{ kind: 'route' as const, route: 'north' }, 'order:route:north', ['in', 'out']],
    [{ kind: 'site' as const }, 'order:site', ['in', 'out', 'side']],
  ])(
    '%j opens what it names, waits for no record, and is one cause however often it is given (I4, I9)',
    (reach, own, lanes) => {
      const world = road();
      world.breakJournal();
      order(world, reach);
      expect(world.sent.map(({ command }) => command.lane)).toEqual(lanes);
      world.until(isOpen(world, ...lanes));
      const sent = world.sent.length;
      order(world, reach);
      order(world, reach, null);
      world.run(10_000);
      expect(world.sent).toHaveLength(sent);
      expect(world.site.emergencies.map((cause) => cause.key)).toEqual([own]);
      release(world, own, lanes[0]);
      expect(world.site.emergencies).toEqual([]);
    },
  );

  it('that names nothing of the site opens nothing, and is on record', () => {
    const world = road();
    order(world, { kind: 'route', route: 'south' });
    order(world, { kind: 'lane', lane: 'west' });
    expect(world.ofKind('requestRefused').map(({ body }) => body.why)).toEqual(['noSuchRoute', 'noSuchLane']);
    expect(world.sent).toEqual([]);
  });
});

describe('the release of an emergency', () => {
  it('is by cause over all its lanes, by a named person on the spot, with every contact of it normal (I3)', () => {
    const world = road();
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    const why = () => world.ofKind('releaseRefused').at(-1)?.body.refused;
    release(world, key, 'out');
    expect(why()).toBe('contactNotNormal');
    fire(world, 'in', false);
    world.run(300);
    release(world, key, 'out', { via: 'screen', name: null });
    expect(why()).toBe('needsNamedPerson');
    release(world, key, 'out', { via: 'upstream', name: '总部' });
    expect(why()).toBe('needsPersonOnTheSpot');
    expect(claims(world)).toEqual({ in: [key], out: [key], side: [] });
    release(world, key, 'out');
    expect(claims(world)).toEqual({ in: [], out: [], side: [] });
    expect(world.ofKind('claimEnded').map(({ lane }) => lane)).toEqual(['out', 'in']);
    world.until(() => !isOpen(world, 'in')() && !isOpen(world, 'out')());
  });

  it('leaves other causes holding what they hold', () => {
    const world = road();
    fire(world);
    world.request({
      ...{ kind: 'claim', lane: 'out', by: person, purpose: 'emergency', key: 'guard', reason: '' },
      expiresInMs: null,
    });
    world.until(isOpen(world, 'in', 'out'));
    fire(world, 'in', false);
    world.run(300);
    release(world, key);
    world.until(() => world.lane('in').barrier?.position === 'closed');
    world.run(120_000);
    expect(isOpen(world, 'out')()).toBe(true);
    expect(claims(world)).toEqual({ in: [], out: ['guard'], side: [] });
  });

  it('brings down unwatched booms only where people are sensed: the person stands at one of them', () => {
    const loops = [...without('obstruction'), input('obstruction', { detects: 'vehicle' })];
    const world = road([laneOf('in', { inputs: loops }), laneOf('out', { ...out, inputs: loops })]);
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    fire(world, 'in', false);
    world.run(300);
    release(world, key, 'out');
    world.until(() => world.lane('out').barrier?.position === 'closed');
    world.run(60_000);
    expect(isOpen(world, 'in')()).toBe(true);
    expect(world.faults).toContain('heldOpenTooLong');
  });
});

describe('a reload while an emergency stands', () => {
  it('opens a lane that is put on the route, and closes none that is taken off it (I3)', () => {
    const lanes = [laneOf('in'), laneOf('out', out), laneOf('side')];
    const world = road(lanes);
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    fire(world, 'in', false);
    world.run(300);
    world.replace(lanes, [{ ...north, lanes: ['in', 'side'] }]);
    world.until(isOpen(world, 'side'));
    world.run(120_000);
    expect(isOpen(world, 'in', 'out', 'side')()).toBe(true);
    expect(world.site.emergencies[0]?.lanes).toEqual(['in', 'side', 'out']);
    release(world, key);
    expect(claims(world)).toEqual({ in: [], out: [], side: [] });
  });

  it('holds a lane again that was gone for a while, and lets a cause be released whose input is gone', () => {
    const lanes = [laneOf('in'), laneOf('out', out), laneOf('side')];
    const world = road(lanes);
    fire(world);
    world.until(isOpen(world, 'in', 'out'));
    world.replace([laneOf('side')], []);
    world.run(1000);
    world.replace([laneOf('side'), laneOf('out', out)], []);
    world.run(500);
    expect(claims(world)).toEqual({ side: [], out: [key] });
    release(world, key, 'side');
    expect(world.site.emergencies).toEqual([]);
    expect(claims(world)).toEqual({ side: [], out: [] });
  });
});

describe('whoever comes to a gate in an emergency', () => {
  const cameraIn = { cameras: [{ device: 'in-camera', direction: 'in' as const }] };
  const decided = (world: ReturnType<typeof road>) => world.ofKind('decision').at(-1)?.body;
  const comes = (world: ReturnType<typeof road>, lane: string) => {
    world.set('arming', true, `${lane}-board`);
    world.run(200);
    world.plate('京A12345', { device: `${lane}-camera` });
  };

  it('is refused entry against the way of the fire engines, and let in along it', () => {
    for (const [direction, outcome, code] of [
      ['out', 'denied', 'opposingDirection'],
      ['in', 'granted', 'permitted'],
    ] as const) {
      const world = road([laneOf('in', cameraIn), laneOf('out', out)], [{ ...north, direction }]);
      fire(world);
      world.until(isOpen(world, 'in'));
      comes(world, 'in');
      expect(decided(world)).toMatchObject({ outcome, code });
    }
  });

  it('is let in where only the lane itself is open, and no route', () => {
    const inputs = [...without('fire'), input('fire', { reach: 'lane' })];
    const world = road([laneOf('in', { ...cameraIn, inputs }), laneOf('out', out)], [{ ...north, direction: 'out' }]);
    fire(world);
    world.until(isOpen(world, 'in'));
    comes(world, 'in');
    expect(decided(world)).toMatchObject({ outcome: 'granted' });
  });

  it('is let out on every lane, also one who was waiting at another gate with no right to leave (I16)', () => {
    const west = laneOf('west', {
      ...out,
      exitPolicy: 'known',
      cameras: [{ device: 'west-camera', direction: 'out' }],
    });
    const world = road([laneOf('in'), laneOf('out', out), west]);
    world.rows = [];
    comes(world, 'west');
    expect(decided(world)).toMatchObject({ outcome: 'referred' });
    fire(world);
    world.run(200);
    expect(decided(world)).toMatchObject({ outcome: 'granted', code: 'exitFree' });
    world.until(isOpen(world, 'west'));
  });
});
