/**
 * Eight units polled at 9600 baud, one of them dead and one that babbles. Measured is the time from the moment at which the core has
 * ordered a movement to the first byte of its frame on the wire; what was in flight then may end first (I4).
 */
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/sim/random.ts';
import { type CrowdedLine, crowdedLine, exchangeMs, type SeenFrame } from './crowded-line.ts';

const AFTER_FLIGHT_MS = 20;

let line: CrowdedLine | null = null;
afterEach(async () => {
  const ending = line?.stop();
  await line?.clock.pass(5000);
  await ending;
  line = null;
});

async function begun(units: readonly number[]): Promise<CrowdedLine> {
  line = await crowdedLine(units);
  await line.clock.pass(5000);
  return line;
}

const eight = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/** Some ten bursts a second of one to twelve characters: noise, or the beginning of what looks like an answer. */
function babbles({ clock, babble }: CrowdedLine, random: () => number): void {
  const burst = (): void => {
    const bytes = Array.from({ length: 1 + Math.floor(random() * 12) }, () => Math.floor(random() * 256));
    babble(Uint8Array.from(random() < 0.3 ? [8, 2, 1, ...bytes] : bytes));
    clock.after('test.babble', 30 + random() * 150, burst);
  };
  burst();
}

/** The frame of an order given now, and how long after the transaction in flight it began. */
async function frameOf(
  { clock, sent, order }: CrowdedLine,
  ...about: Parameters<CrowdedLine['order']>
): Promise<{ readonly frame: SeenFrame | undefined; readonly afterFlightMs: number }> {
  const askedAt = clock.mono();
  const before = sent.length;
  const flightEndsAt = sent.at(-1)?.endsAt ?? askedAt;
  void order(...about);
  await clock.pass(150);
  const frame = sent.slice(before).find(({ unit, fc }) => unit === about[0] && fc === 5);
  return { frame, afterFlightMs: (frame?.at ?? Number.POSITIVE_INFINITY) - Math.max(askedAt, flightEndsAt) };
}

describe('on a line with a dead and a babbling unit', () => {
  it.each([
    ['a press', 'pulseOpen', 'guard'],
    ['an emergency', 'holdOn', 'emergency'],
    ['a reopening', 'pulseOpen', 'reopen'],
  ] as const)(
    'the frame of %s begins within 20 ms of what is in flight, at any phase of the polls',
    async (_, action, priority) => {
      const crowded = await begun(eight);
      const { next: random } = seededRandom(9600 + priority.length);
      crowded.dead.add(7);
      babbles(crowded, random);
      await crowded.clock.pass(10_000);
      const waits: number[] = [];
      const inFlight = new Set<number>();
      for (let times = 0; times < 250; times += 1) {
        await crowded.clock.pass(200 + random() * 300);
        const unit = 1 + Math.floor(random() * 6);
        const newest = crowded.sent.at(-1);
        if (newest !== undefined && newest.endsAt > crowded.clock.mono()) inFlight.add(newest.unit);
        waits.push((await frameOf(crowded, unit, action, priority)).afterFlightMs);
      }
      expect(Math.max(...waits)).toBeLessThanOrEqual(AFTER_FLIGHT_MS);
      // It has met the others' reads, the dead unit's and the babbler's among them.
      expect([...inFlight].sort()).toEqual([...eight]);
    },
  );

  it('it waits for a write in flight to the dead unit, to its end and no longer', async () => {
    const crowded = await begun(eight);
    crowded.dead.add(7);
    let settledAt = 0;
    void crowded.order(7, 'pulseClose', 'command').then(() => {
      settledAt = crowded.clock.mono();
    });
    await crowded.clock.pass(20);
    expect(crowded.sent.at(-1)).toMatchObject({ unit: 7, fc: 5 });
    const { frame } = await frameOf(crowded, 1, 'pulseOpen', 'guard');
    expect(settledAt).toBeGreaterThan(0);
    expect(frame?.at).toBeGreaterThanOrEqual(settledAt);
    expect((frame?.at ?? Number.POSITIVE_INFINITY) - settledAt).toBeLessThanOrEqual(AFTER_FLIGHT_MS);
  });

  it('it takes its chance on a wire that is never silent', async () => {
    const crowded = await begun(eight);
    const { next: random } = seededRandom(1);
    const drone = (): void => {
      crowded.babble(Uint8Array.of(Math.floor(random() * 256)));
      crowded.clock.after('test.drone', 2, drone);
    };
    drone();
    for (let times = 0; times < 50; times += 1) {
      await crowded.clock.pass(200 + random() * 300);
      const { afterFlightMs } = await frameOf(crowded, 1 + (times % 8), 'holdOn', 'emergency');
      expect(afterFlightMs).toBeLessThanOrEqual(AFTER_FLIGHT_MS);
    }
  });

  it('it takes no noise for the answer of the dead unit, which would be let finish', async () => {
    const crowded = await begun(eight);
    const { clock, sent, dead, babble } = crowded;
    const { next: random } = seededRandom(2);
    dead.add(7);
    await clock.pass(10_000);
    for (let times = 0; times < 10; times += 1) {
      const before = sent.length;
      const asked = (): boolean => sent.length > before && sent.at(-1)?.unit === 7;
      for (let waited = 0; !asked() && waited < 20_000; waited += 1) await clock.pass(1);
      expect(asked()).toBe(true);
      babble(Uint8Array.from({ length: 80 }, () => Math.floor(random() * 256)));
      await clock.pass(2);
      const { afterFlightMs } = await frameOf(crowded, 1, 'holdOn', 'emergency');
      expect(afterFlightMs).toBeLessThanOrEqual(AFTER_FLIGHT_MS);
    }
  });
});

describe('a closing lane', () => {
  it('is read at 5 Hz and more, whatever else is asked of the line', async () => {
    const crowded = await begun(eight);
    const { clock, field, dead } = crowded;
    const { next: random } = seededRandom(5);
    dead.add(7);
    await clock.pass(10_000);
    field.watch('boom-1', 'closing');
    await clock.pass(500);
    const from = clock.mono();
    for (let times = 0; times < 200; times += 1) {
      const unit = 2 + Math.floor(random() * 7);
      void crowded.order(unit, random() < 0.5 ? 'announceOn' : 'announceOff', 'command');
      if (times % 10 === 0) void crowded.order(2 + (times % 5), 'pulseOpen', times % 20 === 0 ? 'guard' : 'reopen');
      await clock.pass(random() * 100);
    }
    const at = crowded.readings(1).filter((each) => each > from);
    const gaps = at.slice(1).map((each, nth) => each - (at[nth] ?? 0));
    expect(at.length).toBeGreaterThan(40);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(200);
  });
});

describe('an emergency over all lanes', () => {
  it.each([
    ['known to be dead', 30_000],
    ['dead since this moment', 0],
  ])('reaches the one live unit of nine within 3 s, the others being %s', async (_, deadForMs) => {
    const nine = [...eight, 9];
    for (const alive of [1, 5, 9]) {
      const crowded = await begun(nine);
      for (const unit of nine) if (unit !== alive) crowded.dead.add(unit);
      await crowded.clock.pass(deadForMs);
      const from = crowded.clock.mono();
      const before = crowded.sent.length;
      const orders = nine.map((unit) => crowded.order(unit, 'holdOn', 'emergency'));
      await crowded.clock.pass(3000);
      const frame = crowded.sent.slice(before).find(({ unit, fc }) => unit === alive && fc === 5);
      expect((frame?.at ?? Number.POSITIVE_INFINITY) - from).toBeLessThan(3000);
      expect((await orders[nine.indexOf(alive)])?.result).toBe('confirmed');
      expect(exchangeMs).toBeLessThan(30);
    }
  });
});
