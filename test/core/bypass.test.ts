/** One safety sensor bypassed by a technician, and its terms (gate.md "Closing"; I2). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, eastLane, fullInputs, gate, input, type LaneChange } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const li = { via: 'cli', name: '李' };
const HOUR = 3_600_000;
const proved: LaneChange = { boardProtected: true, barrier: { stop: 'wired' } };
const radar = input('obstruction', { id: 'radar', detects: 'both' });

function bypass(world: World, change: Partial<{ by: typeof li; input: string; forMs: number }> = {}): void {
  world.request({
    kind: 'bypassSensor',
    lane: 'east',
    by: li,
    input: 'obstruction',
    reason: '雷达坏了',
    forMs: 2 * HOUR,
    ...change,
  });
}

function endBypass(world: World, by: { via: string; name: string | null } = li): void {
  world.request({ kind: 'endBypass', lane: 'east', by, input: 'obstruction' });
}

function holds(world: World, ms: number, holder = 'session-1'): void {
  for (let held = 0; held < ms; held += 100) {
    world.request({ kind: 'holdClose', lane: 'east', by: li, holder });
    world.run(100);
  }
}

/** A boom up over a sensor that reads occupied for ever. */
function stuckOpen(change: LaneChange = proved): World {
  const world = gate(change, { startsOpen: true });
  world.set('obstruction', true);
  world.run(500);
  return world;
}

const closes = (world: World) => world.actions().filter((action) => action === 'pulseClose').length;

describe('a bypassed sensor', () => {
  it('lets the boom down only while a person holds the close, with a record at begin, use and end', () => {
    const world = stuckOpen();
    holds(world, 8000);
    expect(closes(world)).toBe(0);
    world.run(500);
    bypass(world);
    expect(world.faults).toContain('obstructionBypassed');
    holds(world, 10_000, 'session-2');
    expect(world.boom().isDown).toBe(true);
    endBypass(world);
    expect(world.faults).not.toContain('obstructionBypassed');
    const [begun, used, ended] = ['bypassBegun', 'bypassUsed', 'bypassEnded'].map((kind) => world.ofKind(kind)[0]);
    expect(begun).toMatchObject({
      body: { input: 'obstruction', refused: null },
      personal: { by: '李', reason: '雷达坏了' },
    });
    expect(used?.body).toMatchObject({ input: 'obstruction', begun: begun?.ref });
    expect(ended).toMatchObject({
      cause: begun?.ref,
      body: { input: 'obstruction', via: 'cli' },
      personal: { by: '李' },
    });
  });

  it('lets nothing else close: neither a car that has passed nor the guard’s press nor the time', () => {
    const world = gate({ ...proved, inputs: [...fullInputs, radar] });
    bypass(world);
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    drivesThrough(world);
    world.guard('guardClose');
    expect(world.ofKind('pressed').at(-1)?.body.refused).toBe('needsAttendedClosing');
    world.run(100_000);
    expect(world.lane().grants).toEqual([]);
    world.claim('hold', 'convoy');
    world.release('convoy');
    world.run(200_000);
    expect(closes(world)).toBe(0);
    expect(world.boom().isUp).toBe(true);
  });

  it('leaves the others in force: what they see keeps the boom up, and takes it up again (I2)', () => {
    const world = stuckOpen({ ...proved, inputs: [...fullInputs, radar], barrier: { stop: 'wired', travelMs: 4000 } });
    bypass(world);
    world.set('radar', true);
    holds(world, 8000);
    expect(closes(world)).toBe(0);
    world.set('radar', false);
    for (let held = 0; !world.boom().isFalling && held < 100; held++) holds(world, 100);
    holds(world, 500);
    world.set('radar', true);
    holds(world, 200);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'reopen' });
  });

  it('is held by the close input of the booth as well, and let go with it', () => {
    const world = stuckOpen({ ...proved, barrier: { stop: 'wired', travelMs: 4000 } });
    bypass(world);
    world.set('closeButton', true);
    world.until(() => world.boom().isFalling, 10_000);
    world.run(500);
    world.set('closeButton', false);
    const releasedAt = world.now;
    world.run(500);
    expect(world.sent.at(-1)?.command.action).toBe('stop');
    expect((world.sent.at(-1)?.at ?? 0) - releasedAt).toBeLessThanOrEqual(500);
    expect(world.boom().isDown).toBe(false);
  });

  it('counts again when its time is over, and a boom that then comes down is sent up', () => {
    const world = stuckOpen({ ...proved, barrier: { stop: 'wired', travelMs: 4000 } });
    bypass(world, { forMs: 4500 });
    for (let held = 0; world.faults.includes('obstructionBypassed') && held < 100; held++) holds(world, 100);
    holds(world, 200);
    expect(world.ofKind('bypassEnded')[0]?.body).toMatchObject({ via: 'expiry' });
    expect(closes(world)).toBe(1);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'reopen' });
  });

  it('stands over a reload, and ends with one that takes its proof or its sensor away', () => {
    const world = stuckOpen();
    bypass(world);
    world.replace([eastLane({ ...proved, name: '东门' })]);
    expect(world.lane().bypass?.input).toBe('obstruction');
    world.replace([eastLane({ ...proved, boardProtected: false })]);
    expect(world.lane().bypass).toBeNull();
    expect(world.faults).not.toContain('obstructionBypassed');
    expect(world.ofKind('bypassEnded')[0]?.body).toMatchObject({ via: 'gateway', why: 'configApplied' });
    world.replace([eastLane(proved)]);
    bypass(world);
    world.replace([eastLane({ ...proved, barrier: { ...proved.barrier, device: 'board2' } })]);
    expect(world.lane().bypass).toBeNull();
    expect(world.faults).not.toContain('obstructionBypassed');
  });

  it('makes no one-time credential measured as not taken', () => {
    const world = gate({ ...proved, inputs: fullInputs });
    bypass(world);
    arrives(world, '京D13579');
    world.set('arming', false);
    world.until(() => world.ofKind('passage').length > 0);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'notTaken', basis: 'presumed', returned: false });
  });
});

describe('a bypass is refused', () => {
  it.each([
    ['where the barrier’s own protection is not proved', { boardProtected: false }, {}, 'boardProtectionNotProved'],
    ['on a lane that is not signed off', { commissioned: false }, {}, 'notCommissioned'],
    ['for longer than 12 h', {}, { forMs: 12 * HOUR + 1 }, 'bypassTooLong'],
    ['for a sensor that the lane has not', {}, { input: 'arming' }, 'noSuchSafetySensor'],
    ['to nobody’s name', {}, { by: { via: 'cli', name: null } }, 'needsNamedPerson'],
    ['to a server far away', {}, { by: { via: 'upstream', name: '李' } }, 'needsPersonOnTheSpot'],
    ['on a step input, where software closes nothing', { barrier: { openInput: 'step' } }, {}, 'noCloseBySoftware'],
  ] as const)('%s', (_, change, asked, refused) => {
    const world = stuckOpen({ ...proved, ...change });
    bypass(world, asked as Parameters<typeof bypass>[1]);
    expect(world.ofKind('bypassRefused')[0]?.body.refused).toBe(refused);
    expect(world.lane().bypass).toBeNull();
    expect(world.faults).not.toContain('obstructionBypassed');
  });

  it('for a second sensor, and while the boom comes down', () => {
    const world = gate({ ...proved, inputs: [...fullInputs, radar], barrier: { travelMs: 4000 } });
    bypass(world);
    bypass(world, { input: 'radar' });
    expect(world.ofKind('bypassRefused').at(-1)?.body.refused).toBe('anotherSensorBypassed');
    endBypass(world);
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    drivesThrough(world);
    world.until(() => world.boom().isFalling);
    bypass(world);
    expect(world.ofKind('bypassRefused').at(-1)?.body.refused).toBe('boomClosing');
  });

  it('to end for nobody’s name', () => {
    const world = stuckOpen();
    bypass(world);
    endBypass(world, { via: 'cli', name: null });
    expect(world.lane().bypass).not.toBeNull();
  });
});
