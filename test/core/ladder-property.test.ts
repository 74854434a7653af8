/**
 * Who moves the boom (gate.md): random sequences of claims, releases, expiries, presses and reads against an oracle of its own. It
 * knows only what was asked for and when, and the frames that went out.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modeOf } from '../../src/core/lane/claims.ts';
import { eastLane, list, type LaneChange } from './lane-fixtures.ts';
import { type Sent, World } from './lane-harness.ts';

type Purpose = 'emergency' | 'outOfService' | 'lockdown' | 'hold';
const ladder: readonly Purpose[] = ['emergency', 'outOfService', 'lockdown', 'hold'];
const modes = {
  ...{ emergency: 'emergency', outOfService: 'outOfService', lockdown: 'lockedDown', hold: 'heldOpen', none: 'normal' },
} as const;

type Deed =
  | { readonly kind: 'claim'; readonly purpose: Purpose; readonly forS: number | null }
  | { readonly kind: 'release'; readonly purpose: Purpose }
  | { readonly kind: 'press' | 'resident' | 'fireEngine' | 'wait' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      purpose: fc.constantFrom(...ladder),
      forS: fc.option(fc.constantFrom(7, 15, 40)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), purpose: fc.constantFrom(...ladder) }) },
  { weight: 4, arbitrary: fc.constantFrom('press', 'resident', 'fireEngine', 'wait').map((kind): Deed => ({ kind })) },
);

/** Until when each purpose is claimed; what is not there is not claimed. */
class Oracle {
  readonly until = new Map<Purpose, number>();

  take(one: Deed, now: number): void {
    if (one.kind === 'release') this.until.delete(one.purpose);
    if (one.kind !== 'claim') return;
    const forMs = one.forS === null || one.purpose === 'emergency' ? Number.POSITIVE_INFINITY : one.forS * 1000;
    this.until.set(one.purpose, now + forMs);
  }

  strongest(at: number): Purpose | 'none' {
    return ladder.find((purpose) => (this.until.get(purpose) ?? -1) > at) ?? 'none';
  }
}

const SETTLE_MS = 9000;
const isClose = (action: string) => action === 'holdOff' || action === 'pulseClose';

function act(world: World, one: Deed): void {
  if (one.kind === 'claim') world.claim(one.purpose, one.purpose, one.forS === null ? null : one.forS * 1000);
  else if (one.kind === 'release') world.release(one.purpose);
  else if (one.kind === 'press') world.guard('guardOpen');
  else if (one.kind !== 'wait') {
    world.set('arming', true);
    world.run(200);
    const engine = { color: 'white' as const, confidence: 0.99 };
    if (one.kind === 'resident') world.plate('京A12345');
    else world.plate('京X1234应急', engine);
  }
}

/** The car drives away, by whatever way: it leaves nobody under the boom. */
function leaves(world: World): void {
  world.set('arming', false);
}

function whyOf(world: World, { command }: Sent): unknown {
  return world.records.find((record) => record.kind === 'commanded' && record.command === command.id)?.body.why;
}

function checkFrame(world: World, oracle: Oracle, one: Deed, sent: Sent, from: number): void {
  // A claim that ends at this very moment may already have ended.
  const before = oracle.strongest(Math.max(from, sent.at - 1));
  const strongest = [before, oracle.strongest(sent.at)];
  // Lamps and contacts that are let go move nothing.
  if (!isClose(sent.command.action) && sent.command.action !== 'pulseOpen' && sent.command.action !== 'holdOn') return;
  const says = JSON.stringify({ one, strongest, action: sent.command.action, why: whyOf(world, sent), at: sent.at });
  if (isClose(sent.command.action)) {
    expect(
      strongest.some((holds) => holds === 'none' || holds === 'lockdown'),
      says,
    ).toBe(true);
    return;
  }
  switch (whyOf(world, sent)) {
    case 'held':
      expect(
        strongest.some((holds) => holds === 'emergency' || holds === 'hold'),
        says,
      ).toBe(true);
      break;
    case 'grant':
      expect(
        strongest.some((holds) => holds === 'none' || holds === 'hold' || holds === 'emergency'),
        says,
      ).toBe(true);
      break;
    case 'emergencyVehicle':
      expect(
        strongest.some((holds) => holds !== 'outOfService'),
        says,
      ).toBe(true);
      break;
    case 'guard':
      expect(one.kind, says).toBe('press');
      break;
    default:
      expect(['obstruction', 'obstructionUnknown'], says).toContain(whyOf(world, sent));
  }
}

const wirings: readonly LaneChange[] = [
  { barrier: { hold: 'maintained' } },
  { barrier: { hold: 'holdInput', announce: 'wired', stop: 'wired' } },
];

describe('the ladder, in whatever order it is climbed', () => {
  it.each(wirings.map((wiring, at) => [at, wiring] as const))(
    'gives the boom to the strongest that stands, and to the next when that ends: wiring %i',
    (_, wiring) => {
      fc.assert(
        fc.property(fc.array(deed, { minLength: 6, maxLength: 30, size: 'max' }), (deeds) => {
          const world = new World({ lanes: [eastLane(wiring)], rows: list });
          world.run(500);
          const oracle = new Oracle();
          for (const one of deeds) {
            const from = world.now;
            const frames = world.sent.length;
            oracle.take(one, from);
            act(world, one);
            world.run(SETTLE_MS - 3000);
            leaves(world);
            world.run(3000);
            const now = oracle.strongest(world.now);
            const says = JSON.stringify({
              one,
              now,
              sent: world.sent.slice(frames).map(({ command }) => command.action),
            });
            expect(modeOf(world.lane().claims), says).toBe(modes[now]);
            for (const sent of world.sent.slice(frames)) checkFrame(world, oracle, one, sent, from);
            // Whoever stands strongest for long enough has what he wants, at the boom itself.
            const stood = oracle.strongest(world.now - SETTLE_MS + 500) === now;
            if (stood && (now === 'emergency' || now === 'hold')) {
              expect(world.boom().isUp, says).toBe(true);
              expect(world.boom().isHeld, says).toBe(true);
            }
            if (one.kind === 'press')
              expect(
                world.sent.slice(frames).some(({ command }) => command.priority === 'guard'),
                says,
              ).toBe(true);
          }
          for (const purpose of ladder) world.release(purpose);
          world.run(240_000);
          expect(modeOf(world.lane().claims)).toBe('normal');
          expect(world.boom().isDown).toBe(true);
        }),
        { numRuns: 45, seed: 20_270_214 },
      );
    },
  );
});
