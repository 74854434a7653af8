import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, fullInputs, gate, input, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const pairInputs = [...without('fire'), input('fire', { supervision: 'pair', onBroken: 'open' }), input('fireNo')];
const held = { hold: 'maintained' as const };

describe('the guard’s button', () => {
  it('opens on the first read, before any record, with the disk and the lists gone', () => {
    const world = gate({}, { rows: [] });
    world.breakJournal();
    world.silence('camera');
    world.set('button', true);
    world.run(100);
    expect(world.sent.map(({ command }) => [command.action, command.priority, command.after])).toEqual([
      ['pulseOpen', 'guard', null],
    ]);
    expect(world.effects.findIndex((effect) => effect.kind === 'command')).toBeLessThan(
      world.effects.findIndex((effect) => effect.kind === 'record' && effect.record.kind === 'pressed'),
    );
  });

  it('acts once for one press, and again for the next', () => {
    const world = gate();
    world.set('button', true);
    world.run(3000);
    expect(world.sent).toHaveLength(1);
    world.set('button', false);
    world.run(200);
    world.set('button', true);
    world.run(200);
    expect(world.sent).toHaveLength(2);
  });

  it('extends the opening that stands', () => {
    const world = gate();
    world.guard('guardOpen');
    world.run(15_000);
    world.guard('guardOpen');
    world.run(15_000);
    expect(world.lane().grants).toHaveLength(1);
    drivesThrough(world);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'taken', source: 'guard' });
  });

  it('opens on a lane that is not signed off, and one that is out of service', () => {
    const world = gate({ commissioned: false });
    world.claim('outOfService');
    world.set('button', true);
    world.until(is(world, 'open'));
  });

  it('read pressed after silence acts on the second read, not the first', () => {
    const world = gate();
    world.silence();
    world.run(3000);
    world.set('button', true);
    world.bringBack();
    world.run(50);
    expect(world.sent).toEqual([]);
    world.run(200);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('after silence is not believed the sooner because another board is polled', () => {
    const inputs = [...without('button'), input('button', { device: 'desk' })];
    const world = gate({ inputs });
    world.silence('desk');
    world.run(3000);
    world.set('button', true, 'desk');
    world.observe({ kind: 'inputsRead', device: 'desk', at: world.now, values: { button: true } });
    world.run(300);
    expect(world.sent).toEqual([]);
  });

  it('is not pressed anew because another device fell silent', () => {
    const inputs = [...fullInputs, input('tamper', { device: 'radar' })];
    const world = gate({ inputs });
    world.set('button', true);
    world.run(1000);
    world.silence('radar');
    world.run(1000);
    expect(world.sent).toHaveLength(1);
  });
});

describe('the fire contact', () => {
  it('opens and holds, repeated until measured open, and stays so when the contact is normal again (I3)', () => {
    const world = gate({ barrier: held });
    world.set('fire', true);
    world.run(100);
    expect(world.sent[0]?.command).toMatchObject({ action: 'holdOn', priority: 'emergency', after: null });
    world.until(is(world, 'open'));
    world.set('fire', false);
    world.run(300_000);
    expect(world.boom().isUp).toBe(true);
    expect(world.lane().claims).toHaveLength(1);
  });

  it('is released only by a named person on the spot, with the contact normal (I3)', () => {
    const world = gate({ barrier: held });
    world.set('fire', true);
    world.until(is(world, 'open'));
    const key = world.lane().claims[0]?.key ?? '';
    world.release(key);
    expect(world.ofKind('releaseRefused').at(-1)?.body.refused).toBe('contactNotNormal');
    world.set('fire', false);
    world.run(300);
    world.release(key, { via: 'screen', name: null });
    expect(world.ofKind('releaseRefused').at(-1)?.body.refused).toBe('needsNamedPerson');
    world.release(key, { via: 'upstream', name: '总部' });
    expect(world.ofKind('releaseRefused').at(-1)?.body.refused).toBe('needsPersonOnTheSpot');
    expect(world.lane().claims).toHaveLength(1);
    world.release(key);
    expect(world.lane().claims).toEqual([]);
    world.until(is(world, 'closed'));
    expect(world.ofKind('announced')).toHaveLength(1);
    expect(world.actions().filter((action) => action !== 'holdOn')).toEqual(['holdOff']);
  });

  it('beats a closing boom and every mode', () => {
    const world = gate({ barrier: held });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(is(world, 'closing'));
    world.claim('lockdown');
    world.claim('outOfService');
    world.set('fire', true);
    world.until(is(world, 'open'));
    world.run(60_000);
    expect(world.boom().isUp).toBe(true);
  });

  it('is asserted again when the boom comes down under it', () => {
    const world = gate();
    world.set('fire', true);
    world.until(is(world, 'open'));
    world.boom().byHand('half', world.now);
    world.run(200);
    expect(world.faults).toContain('boomMovedUnordered');
    world.until(is(world, 'open'), 10_000);
    expect(world.boom().isUp).toBe(true);
  });

  it('that finds the boom stuck names the lane, however often it is repeated', () => {
    const world = gate();
    world.set('fire', true);
    world.run(600);
    world.boom().stuck = true;
    world.run(10_000);
    expect(world.faults).toContain('boomFailedToOpen');
    expect(world.sent.length).toBeGreaterThanOrEqual(4);
  });

  it('without limits is repeated three times, then every 30 s', () => {
    const world = gate({
      barrier: { hasOpenLimit: false, hasClosedLimit: false },
      inputs: without('openLimit', 'closedLimit'),
    });
    world.set('fire', true);
    world.run(70_000);
    const gaps = world.sent.map(({ at }, index) => at - (world.sent[index - 1]?.at ?? at));
    expect(gaps).toEqual([0, 2000, 2000, 30_000, 30_000]);
  });

  it('on a board that has returned opens only when read active twice, and its silence opens nothing (I12)', () => {
    const world = gate();
    world.silence();
    world.run(3000);
    expect(world.faults).toContain('fireInputUnknown');
    expect(world.sent).toEqual([]);
    world.set('fire', true);
    world.bringBack();
    world.run(20);
    expect(world.sent).toEqual([]);
    world.run(250);
    expect(world.sent.length).toBeGreaterThan(0);
    expect(world.faults).not.toContain('fireInputUnknown');
  });

  it('never read since the start is a fault when its device is silent', () => {
    const world = gate({ inputs: [...without('fire'), input('fire', { device: 'panel' })] });
    world.observe({ kind: 'deviceSilent', device: 'other', why: '' });
    expect(world.faults).not.toContain('fireInputUnknown');
    const fresh = gate({ inputs: [...without('fire'), input('fire', { device: 'panel' })] });
    fresh.silence('panel');
    expect(fresh.faults).toContain('fireInputUnknown');
  });

  it('cannot be talked away under its own key', () => {
    const world = gate({ barrier: held });
    world.set('fire', true);
    world.until(is(world, 'open'));
    world.claim('hold', world.lane().claims[0]?.key);
    expect(world.ofKind('claimRefused')).toHaveLength(1);
    expect(world.lane().claims[0]?.purpose).toBe('fire');
  });

  it('lets the way out be granted to everyone', () => {
    const world = gate({
      barrier: held,
      directions: ['out'],
      exitPolicy: 'known',
      cameras: [{ device: 'camera', direction: 'out' }],
    });
    world.set('fire', true);
    world.until(is(world, 'open'));
    arrives(world, '京Z99999');
    expect(world.ofKind('decision').at(-1)?.body.outcome).toBe('granted');
  });
});

describe('a supervised pair', () => {
  const cases = [
    { nc: false, no: false, for: 5000, opens: false, faults: [] },
    { nc: true, no: true, for: 100, opens: true, faults: [] },
    { nc: true, no: false, for: 900, opens: false, faults: [] },
    { nc: false, no: true, for: 900, opens: false, faults: [] },
    { nc: true, no: false, for: 1300, opens: true, faults: ['fireContactBroken'] },
    { nc: false, no: true, for: 1300, opens: true, faults: ['fireContactBroken'] },
  ];

  it.each(cases)('nc $nc, no $no for $for ms', (one) => {
    const world = gate({ inputs: pairInputs });
    world.set('fire', one.nc);
    world.set('fireNo', one.no);
    world.run(one.for);
    expect(world.lane().claims.length > 0).toBe(one.opens);
    expect(world.faults).toEqual(one.faults);
  });

  it('that is broken opens nothing where the site says so', () => {
    const inputs = pairInputs.map((one) => (one.role === 'fire' ? { ...one, onBroken: 'alarm' as const } : one));
    const world = gate({ inputs });
    world.set('fire', true);
    world.run(5000);
    expect(world.sent).toEqual([]);
    expect(world.faults).toEqual(['fireContactBroken']);
    world.set('fire', false);
    world.run(300);
    expect(world.faults).toEqual([]);
  });

  it('that is travelling is not normal: a release is refused', () => {
    const world = gate({ inputs: pairInputs, barrier: held });
    world.set('fire', true);
    world.set('fireNo', true);
    world.until(is(world, 'open'));
    world.set('fire', false);
    world.run(200);
    world.release(world.lane().claims[0]?.key ?? '');
    expect(world.ofKind('releaseRefused').at(-1)?.body.refused).toBe('contactNotNormal');
  });
});

describe('a stop', () => {
  it('goes out like life safety where it is wired, and drops every close', () => {
    const world = gate({ barrier: { stop: 'wired', travelMs: 4000 } });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(is(world, 'closing'));
    world.guard('guardStop');
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'stop', after: null });
    const height = world.boom().height;
    world.run(20_000);
    expect(world.boom().height).toBeCloseTo(height, 1);
    expect(world.lane().barrier?.position).toBe('stopped');
    expect(world.lane().close).toBeNull();
  });
});
