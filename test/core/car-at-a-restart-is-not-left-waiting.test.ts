/** Somebody stands before the boom and nothing has read him: a person is asked, and nothing opens by itself. */
import { describe, expect, it } from 'vitest';
import { World } from './lane-harness.ts';
import { arrives, drivesThrough, eastLane, gate, input, limits, list, without } from './lane-fixtures.ts';

const decisions = (world: World) => world.ofKind('decision').map(({ body }) => `${body.outcome}/${body.code}`);
const refused = ['referred/unreadPresence'];

/** Its first poll finds a car on the sensor. */
function restartedUnderACar(): World {
  const world = new World({ lanes: [eastLane()], rows: list });
  world.set('arming', true);
  world.run(500);
  return world;
}

describe('a car that stands there at the start', () => {
  it('is referred within armWindow, and no boom moves (I17)', () => {
    const world = restartedUnderACar();
    world.run(4400);
    expect(decisions(world)).toEqual([]);
    world.run(600);
    expect(decisions(world)).toEqual(refused);
    expect(world.ofKind('decision')[0]?.decision?.reasons.find(({ verdict }) => verdict === 'refers')).toMatchObject({
      code: 'unreadPresence',
      facts: { risen: false, presentMs: 5000 },
      ageMs: expect.any(Number),
    });
    world.run(60_000);
    expect(decisions(world)).toEqual(refused);
    expect(world.sent).toEqual([]);
  });

  it('is let in by its own read afterwards, as the same car', () => {
    const world = restartedUnderACar();
    world.run(6000);
    world.plate('京A12345');
    world.run(300);
    expect(decisions(world)).toEqual([...refused, 'granted/permitted']);
    expect(world.actions()).toEqual(['pulseOpen']);
    const causes = world.ofKind('decision').map(({ cause }) => cause);
    expect(new Set(causes).size).toBe(1);
  });

  it('is let in by the guard’s answer, and a refusal stands', () => {
    const answered = (grant: boolean) => {
      const world = restartedUnderACar();
      world.run(6000);
      world.request({ kind: 'answerReferral', lane: 'east', by: { via: 'screen', name: '王' }, grant, reason: '' });
      world.run(20_000);
      return world;
    };
    expect(answered(true).actions()).toContain('pulseOpen');
    expect(answered(false).sent).toEqual([]);
  });

  it('is not asked about when it has been read in time', () => {
    const world = restartedUnderACar();
    world.plate('京A12345');
    world.run(1000);
    expect(decisions(world)).toEqual(['granted/permitted']);
  });
});

describe('a car that nothing reads', () => {
  it('is referred after armWindow, and the referral ends when it goes', () => {
    const world = gate();
    world.set('arming', true);
    world.run(5200);
    expect(decisions(world)).toEqual(refused);
    world.set('arming', false);
    world.run(300);
    expect(world.ofKind('presentationEnded').map(({ body }) => body.code)).toEqual(['unreadPresence']);
    expect(world.lane().approaches.in.current).toBeNull();
  });

  it('is not referred for a moment on the sensor', () => {
    const world = gate();
    world.set('arming', true);
    world.run(4000);
    world.set('arming', false);
    world.run(10_000);
    expect(decisions(world)).toEqual([]);
  });

  it('is referred in a lockdown as well, since it may be a fire engine', () => {
    const world = gate();
    world.claim('lockdown');
    world.set('arming', true);
    world.run(6000);
    expect(decisions(world)).toEqual(['referred/lockedDown']);
  });

  it('is nobody while the boom is held open or the guard has opened', () => {
    const held = gate();
    held.claim('hold');
    held.set('arming', true);
    held.run(20_000);
    expect(decisions(held)).toEqual([]);
    const pressed = gate();
    pressed.set('arming', true);
    pressed.run(1000);
    pressed.guard('guardOpen');
    pressed.run(15_000);
    expect(decisions(pressed)).toEqual([]);
  });

  it('close behind one that was let in, on a sensor that never cleared, is seen', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('obstruction', true);
    world.run(1500);
    world.set('obstruction', false);
    world.until(() => world.ofKind('passage').length > 0);
    world.run(5500);
    expect(decisions(world)).toEqual(['granted/permitted', ...refused]);
  });

  it('that was granted and did not drive is asked about again, and opened for no more', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.run(60_000);
    expect(world.ofKind('passage').map(({ body }) => body.outcome)).toEqual(['notTaken']);
    expect(decisions(world)).toEqual(['granted/permitted', ...refused]);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(1);
  });

  it('on a lane whose sensor falls silent is not made up', () => {
    const world = gate();
    world.set('arming', true);
    world.run(1000);
    world.silence();
    world.run(10_000);
    expect(decisions(world)).toEqual([]);
  });
});

describe('a free exit', () => {
  const exit = (after: number | null, change: Parameters<typeof eastLane>[0] = {}) =>
    gate({
      directions: ['out'],
      cameras: [],
      readers: [],
      inputs: [...without('obstruction'), input('obstruction', { detects: 'both' })],
      blindExitAfterMs: after,
      ...change,
    });

  it('opens for no presence unless it is configured: the guard sees who waits', () => {
    const world = exit(null);
    world.set('arming', true);
    world.run(60_000);
    expect(decisions(world)).toEqual(refused);
    expect(world.sent).toEqual([]);
  });

  it('that is blind opens after the stated presence, as a granted and inferred decision', () => {
    const world = exit(10_000);
    world.set('arming', true);
    world.run(9900);
    expect(world.sent).toEqual([]);
    world.run(400);
    expect(decisions(world)).toEqual([...refused, 'granted/blindExit']);
    expect(world.ofKind('decision').map(({ body }) => body.basis)).toEqual(['inferred', 'inferred']);
    expect(world.actions()).toEqual(['pulseOpen']);
    drivesThrough(world);
    world.run(20_000);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
  });

  it('opens once for one presence, however long a sensor sticks', () => {
    const world = exit(10_000);
    world.set('arming', true);
    world.run(600_000);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(1);
    world.set('arming', false);
    world.run(1000);
    world.set('arming', true);
    world.run(15_000);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(2);
  });

  it('opens for the next car too, where passages are measured and the sensor never cleared', () => {
    const world = exit(10_000);
    world.set('arming', true);
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('obstruction', true);
    world.run(1500);
    world.set('obstruction', false);
    world.until(() => world.ofKind('passage').length > 0);
    world.run(30_000);
    expect(world.actions().filter((action) => action === 'pulseOpen').length).toBe(2);
  });

  it.each([
    ['not known', { exitPolicy: 'known' as const }],
    ['not signed off', { commissioned: false }],
  ])('does not where it is %s', (_, change) => {
    const world = exit(10_000, change);
    world.set('arming', true);
    world.run(30_000);
    expect(world.sent).toEqual([]);
    expect(decisions(world).every((one) => one.startsWith('referred/'))).toBe(true);
  });

  it('does not for a car that stood there at the start, or when its sensor came back (I12, I17)', () => {
    const lane = eastLane({ directions: ['out'], cameras: [], readers: [], blindExitAfterMs: 10_000 });
    const started = new World({ lanes: [lane], rows: [] });
    started.set('arming', true);
    started.run(60_000);
    expect(started.sent).toEqual([]);
    expect(decisions(started)).toEqual(refused);
    const returned = exit(10_000);
    returned.silence();
    returned.set('arming', true);
    returned.run(1000);
    returned.bringBack();
    returned.run(60_000);
    expect(returned.sent).toEqual([]);
    expect(decisions(returned)).toEqual(refused);
  });

  it('does not for a sensor that answers no more in the meantime', () => {
    const world = exit(10_000);
    world.set('arming', true);
    world.run(9000);
    world.silence('board', false);
    world.run(5000);
    expect(world.sent).toEqual([]);
  });

  it('does not against the guard’s word', () => {
    const world = exit(10_000);
    world.set('arming', true);
    world.run(6000);
    const by = { via: 'screen', name: '王' };
    world.request({ kind: 'answerReferral', lane: 'east', by, grant: false, reason: '等一等' });
    world.run(20_000);
    expect(world.sent).toEqual([]);
  });

  it('takes a plate that is read only now for the car that it lets out', () => {
    const world = exit(10_000, { cameras: [{ device: 'camera', direction: 'out' }] });
    world.set('arming', true);
    world.run(10_500);
    world.plate('京A12345');
    world.run(500);
    expect(decisions(world)).toEqual([...refused, 'granted/blindExit']);
    expect(world.lane().grants).toHaveLength(1);
  });

  it('in one lane with the entry does not open for a car that has just come in', () => {
    const world = gate({
      directions: ['in', 'out'],
      blindExitAfterMs: 10_000,
      inputs: [
        ...limits,
        input('arming', { direction: 'in' }),
        input('arming', { id: 'armingOut', direction: 'out' }),
        input('obstruction', { detects: 'both' }),
      ],
    });
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('armingOut', true);
    world.run(12_000);
    expect(decisions(world)).toEqual(['granted/permitted']);
    expect(world.actions().filter((action) => action === 'pulseOpen')).toHaveLength(1);
  });
});
