import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate, loopInputs, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

describe('a boom found open', () => {
  it('at start moves by nothing of ours, then is closed after its time, announced', () => {
    const world = gate({}, { startsOpen: true });
    world.run(59_000);
    expect(world.sent).toEqual([]);
    world.run(5000);
    expect(world.faults).toContain('boomFoundOpen');
    expect(world.ofKind('announced')).toHaveLength(1);
    world.until(is(world, 'closed'));
    expect(world.faults).toEqual([]);
  });

  it('stays where the guard claims it', () => {
    const world = gate({}, { startsOpen: true });
    world.claim('hold');
    world.run(120_000);
    expect(world.boom().isUp).toBe(true);
    expect(world.faults).toEqual([]);
  });

  it('stays with a fault where nobody and no sensor could see a person', () => {
    const world = gate({ inputs: loopInputs }, { startsOpen: true });
    world.run(180_000);
    expect(world.sent).toEqual([]);
    expect(world.faults).toContain('boomFoundOpen');
  });

  it('and not measured so is a fault and no close', () => {
    const world = gate({ barrier: { hasOpenLimit: false }, inputs: without('openLimit') }, { startsOpen: true });
    world.run(180_000);
    expect(world.lane().barrier).toMatchObject({ position: 'open', basis: 'presumed' });
    expect(world.sent).toEqual([]);
    expect(world.faults).toEqual(['heldOpenTooLong']);
  });

  it('half way is a fault and no close', () => {
    const world = gate();
    world.boom().byHand('half', world.now);
    world.run(180_000);
    expect(world.sent).toEqual([]);
    expect(world.faults).toContain('heldOpenTooLong');
  });
});

describe('a boom that moves without an order', () => {
  it('lifted by hand is opened by hand, and closed later under I2', () => {
    const world = gate();
    world.boom().byHand('half', world.now);
    world.run(200);
    world.boom().byHand('up', world.now);
    world.run(200);
    expect(world.faults).toContain('boomOpenedByHand');
    world.until(is(world, 'closed'));
    expect(world.faults).toEqual([]);
  });

  it('lifted between two polls is opened by hand as well', () => {
    const world = gate();
    world.boom().byHand('up', world.now);
    world.run(200);
    expect(world.faults).toContain('boomOpenedByHand');
  });

  it('forced off its closed limit and not opened is forced', () => {
    const world = gate();
    world.boom().byHand('half', world.now);
    world.run(6000);
    expect(world.faults).toContain('boomForcedOpen');
    world.boom().byHand('down', world.now);
    world.run(200);
    expect(world.faults).toEqual([]);
  });
});

describe('an ordered boom', () => {
  it('that stops half way up has failed to open', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.run(800);
    world.boom().stuck = true;
    world.run(5000);
    expect(world.faults).toContain('boomFailedToOpen');
    expect(world.lane().barrier?.position).toBe('stopped');
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('that never came down has failed to close, and is not ordered again and again', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    world.boom().stuck = true;
    drivesThrough(world);
    world.run(20_000);
    expect(world.faults).toContain('boomFailedToClose');
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
    expect(world.lane().close).toBeNull();
  });

  it.each([
    ['only a closed limit', { hasOpenLimit: false }, without('openLimit')],
    ['only an open limit', { hasClosedLimit: false }, without('closedLimit')],
    ['no limits', { hasOpenLimit: false, hasClosedLimit: false }, without('openLimit', 'closedLimit')],
  ])('with %s opens and closes by what is presumed', (_, barrier, inputs) => {
    const world = gate({ barrier, inputs });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(is(world, 'closed'));
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
    expect(world.boom().isDown).toBe(true);
    expect(world.faults).toEqual([]);
  });

  it('with only an open limit that never leaves it has failed to close', () => {
    const world = gate({ barrier: { hasClosedLimit: false }, inputs: without('closedLimit') });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    world.boom().stuck = true;
    drivesThrough(world);
    world.run(20_000);
    expect(world.faults).toContain('boomFailedToClose');
  });
});

describe('limits', () => {
  it('that contradict leave the position unknown: no close, and opening still works', () => {
    const world = gate({}, { startsOpen: true });
    world.set('closedLimit', true);
    world.run(180_000);
    expect(world.faults).toContain('limitsContradict');
    expect(world.lane().barrier?.position).toBe('unknown');
    expect(world.sent).toEqual([]);
    arrives(world, '京A12345');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('that contradict in mid-close are a fault until they agree again, and the boom is not ordered anew', () => {
    const world = gate({ barrier: { travelMs: 4000 } });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.until(is(world, 'closing'));
    world.set('openLimit', true);
    world.set('closedLimit', true);
    world.run(900);
    expect(world.faults).toEqual([]);
    expect(world.lane().barrier?.position).toBe('closing');
    world.run(500);
    expect(world.faults).toContain('limitsContradict');
    expect(world.lane().barrier?.position).toBe('unknown');
    world.unset('openLimit');
    world.unset('closedLimit');
    world.run(10_000);
    expect(world.faults).toEqual([]);
    expect(world.lane().barrier).toMatchObject({ position: 'closed', basis: 'measured' });
    expect(world.lane().travel.closed.samples).toEqual([]);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
  });

  it('that are read no more are unknown, and nobody is blamed when they are back', () => {
    const world = gate({}, { startsOpen: true });
    world.silence();
    expect(world.lane().barrier?.position).toBe('unknown');
    expect(world.faults).toEqual(expect.arrayContaining(['deviceSilent', 'positionUnknown']));
    world.boom().byHand('half', world.now);
    world.bringBack();
    world.run(500);
    expect(world.sent).toEqual([]);
    expect(world.faults).toEqual([]);
  });
});

describe('loss and return of a device', () => {
  it('drop a close that waits and open nothing (I12)', () => {
    const world = gate({ timing: { closeAfterClearMs: 3000 } });
    arrives(world, '京A12345');
    world.until(is(world, 'open'));
    drivesThrough(world);
    expect(world.lane().close?.stage).toBe('settling');
    world.silence();
    expect(world.lane().close).toBeNull();
    world.run(3000);
    world.bringBack();
    world.run(30_000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('an unreachable board ends the grant measured, and its outcome is on record', () => {
    const world = gate();
    world.silence('board', false);
    world.plate('京A12345');
    world.silence();
    world.plate('京B67890');
    world.run(200);
    expect(world.sent).toEqual([]);
    expect(world.ofKind('outcome').at(-1)?.body.result).toBe('unreachable');
    expect(world.faults).toContain('commandFailed');
    expect(world.lane().grants).toEqual([]);
  });
});
