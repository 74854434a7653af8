import { describe, expect, it } from 'vitest';
import type { ClaimPurpose } from '../../src/core/io.ts';
import { holdsOpen, modeOf } from '../../src/core/lane/claims.ts';
import type { Claim } from '../../src/core/lane/state.ts';
import { arrives, drivesThrough, gate } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const held = { hold: 'maintained' as const };
const purposes: readonly ClaimPurpose[] = ['hold', 'lockdown', 'outOfService', 'fire', 'emergency'];

function subsets(): readonly (readonly ClaimPurpose[])[] {
  return Array.from({ length: 2 ** purposes.length }, (_, bits) => purposes.filter((_, at) => (bits >> at) & 1));
}

function expectedMode(of: readonly ClaimPurpose[]): string {
  if (of.includes('fire') || of.includes('emergency')) return 'emergency';
  if (of.includes('outOfService')) return 'outOfService';
  if (of.includes('lockdown')) return 'lockedDown';
  return of.includes('hold') ? 'heldOpen' : 'normal';
}

describe('the mode of a lane', () => {
  it.each(subsets().map((of) => [of]))('follows from %j, in whatever order they were made', (of) => {
    for (const order of [of, of.toReversed()]) {
      const claims = order.map(
        (purpose): Claim => ({
          key: purpose,
          purpose,
          by: { via: 'screen', name: '王' },
          since: 0,
          expiresAt: null,
          cause: 1,
        }),
      );
      expect(modeOf(claims)).toBe(expectedMode(of));
      expect(holdsOpen(claims)).toBe(['emergency', 'heldOpen'].includes(expectedMode(of)));
    }
  });

  it('falls back to the next claim when the strongest ends', () => {
    const world = gate({ barrier: held });
    world.claim('hold', 'convoy');
    world.until(is(world, 'open'));
    world.claim('emergency');
    world.claim('lockdown');
    world.release('emergency');
    world.until(is(world, 'closed'));
    world.release('lockdown');
    world.until(is(world, 'open'));
    world.release('convoy');
    world.until(is(world, 'closed'));
    expect(world.faults).toEqual([]);
  });
});

describe('a hold', () => {
  it('waits for its record like every opening that is no life safety', () => {
    const world = gate({ barrier: held });
    world.journal = 200;
    world.claim('hold');
    world.run(100);
    expect(world.sent).toEqual([]);
    world.run(150);
    expect(world.actions()).toEqual(['holdOn']);
  });

  it('ends by its expiry, and its end is a close: clear, announced, needing a sensor that sees people or a person', () => {
    const world = gate({ barrier: held });
    world.claim('hold', 'a', 30_000);
    world.claim('hold', 'b', 60_000);
    world.run(45_000);
    expect(world.lane().claims.map((claim) => claim.key)).toEqual(['b']);
    expect(world.boom().isUp).toBe(true);
    world.until(is(world, 'closed'));
    expect(world.lane().claims).toEqual([]);
    expect(world.ofKind('announced')).toHaveLength(1);
  });

  it('lets cars pass without using up grants', () => {
    const world = gate({ barrier: held });
    world.claim('hold');
    world.until(is(world, 'open'));
    drivesThrough(world);
    expect(world.ofKind('passage')[0]?.body).toMatchObject({ outcome: 'taken', held: true });
  });

  it('is not asserted anew because the device has returned', () => {
    const world = gate({ barrier: held });
    world.claim('hold');
    world.until(is(world, 'open'));
    const before = world.sent.length;
    world.silence();
    world.run(5000);
    world.boom().byHand('down', world.now);
    world.bringBack();
    world.run(60_000);
    expect(world.sent).toHaveLength(before);
  });

  it('of an emergency is asserted anew when the device has returned', () => {
    const world = gate({ barrier: held });
    world.claim('emergency');
    world.until(is(world, 'open'));
    world.silence();
    world.run(5000);
    world.boom().obey('holdOff', world.now);
    world.boom().byHand('down', world.now);
    world.bringBack();
    world.until(is(world, 'open'), 10_000);
    expect(world.boom().isUp).toBe(true);
  });
});

describe('a boom whose hold is a contact of its own', () => {
  it.each([300, 2000])('closes by the pulse that follows the release, with a travel of %i ms', (travelMs) => {
    const world = gate({ barrier: { hold: 'holdInput', travelMs } });
    world.boom().staysOnRelease = true;
    world.claim('hold');
    world.until(is(world, 'open'));
    world.release('hold');
    world.until(is(world, 'closed'));
    expect(world.actions().filter((action) => action !== 'holdOn')).toEqual(['holdOff', 'pulseClose']);
    expect(world.ofKind('faultRaised')).toEqual([]);
  });
});

describe('an emergency', () => {
  it('takes no expiry', () => {
    const world = gate({ barrier: held });
    world.claim('emergency', 'e', 1000);
    world.run(60_000);
    expect(world.lane().claims).toHaveLength(1);
  });
});

describe('lockdown and out of service', () => {
  it('lockdown refuses entries, and an exit is let go with an alarm', () => {
    const world = gate();
    world.claim('lockdown');
    arrives(world, '京A12345');
    expect(world.ofKind('decision')[0]?.body).toMatchObject({ outcome: 'denied', code: 'lockedDown' });
    const exit = gate({ directions: ['out'], cameras: [{ device: 'camera', direction: 'out' }] });
    exit.claim('lockdown');
    arrives(exit, '京A12345');
    expect(exit.ofKind('decision')[0]?.body.outcome).toBe('granted');
  });

  it('lockdown does not beat the guard', () => {
    const world = gate();
    world.claim('lockdown');
    world.guard('guardOpen');
    world.until(is(world, 'open'));
  });

  it('an out-of-service boom is not closed by software, only by a person', () => {
    const world = gate();
    world.claim('outOfService');
    world.guard('guardOpen');
    world.until(is(world, 'open'));
    drivesThrough(world);
    world.run(120_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.guard('guardClose');
    world.until(is(world, 'closed'));
  });
});

describe('claims have a limit', () => {
  it('that is refused in words, and never to an emergency', () => {
    const world = gate({ barrier: held });
    for (let count = 0; count < 40; count++) world.claim('hold', `k${count}`);
    expect(world.lane().claims).toHaveLength(24);
    expect(world.ofKind('claimRefused')).toHaveLength(16);
    world.claim('emergency', 'e');
    expect(modeOf(world.lane().claims)).toBe('emergency');
  });
});
