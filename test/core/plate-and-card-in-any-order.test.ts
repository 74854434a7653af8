/** Plate + card over random orders: both halves, strangers' halves, repeats, corrections, waits, cars that leave. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ListRow } from '../../src/core/decide/facts.ts';
import { IDLE_MS } from '../../src/core/lane/presenting.ts';
import { row } from './decide-fixtures.ts';
import { gate, without } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const WINDOW_MS = 4000;
const SURE = 0.8;
const permits: Readonly<Record<string, { readonly plate: readonly string[]; readonly card: readonly string[] }>> = {
  one: { plate: ['京A12345', '京A12346'], card: ['abc'] },
  two: { plate: ['京D11111'], card: ['ddd', 'd0d'] },
};
const rows: readonly ListRow[] = Object.entries(permits).flatMap(([permit, { plate, card }]) =>
  [...plate.map((text) => `plate:${text}`), ...card.map((value) => `card:24:${value}`)].map((key) =>
    row({ id: key, key, permit, requires: 'plateAndCard' }),
  ),
);

type Half = 'plate' | 'card';
interface Seen {
  readonly at: number;
  readonly half: Half;
  readonly text: string;
  readonly confidence: number;
}
type Event = Omit<Seen, 'at'> | { readonly waitMs: number } | 'nextCar';

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      half: fc.constant('plate' as const),
      text: fc.constantFrom('京A12345', '京A12345', '京A12346', '京A12355', '京D11111', '京Z99999', ''),
      confidence: fc.constantFrom(0.5, 0.85, 0.9, 0.99),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      half: fc.constant('card' as const),
      text: fc.constantFrom('abc', 'abc', 'ddd', 'd0d', 'fff'),
      confidence: fc.constant(1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ waitMs: fc.constantFrom(100, 900, 2500, 3900, 4100) }) },
  { weight: 1, arbitrary: fc.constant('nextCar' as const) },
);

/**
 * The rule, said of the reads since the presence began or somebody was let in, and of nothing else: of the permit there is a
 * plate and a card, no other reading has replaced either, and they began to stand no further apart than the window.
 */
function mayOpen(reads: readonly Seen[], permit: string, isSensed: boolean): boolean {
  const of = permits[permit];
  if (of === undefined) return false;
  return of.plate.some((plate) =>
    of.card.some((card) => {
      const plates = unreplaced(reads, 'plate', plate, isSensed);
      const cards = unreplaced(reads, 'card', card, isSensed);
      const plateFrom = standsFrom(plates, surely(reads, 'card', of.card));
      const cardFrom = standsFrom(cards, surely(reads, 'plate', of.plate));
      return plateFrom !== null && cardFrom !== null && Math.abs(plateFrom - cardFrom) <= WINDOW_MS;
    }),
  );
}

/**
 * When it was read surely since it stands: a card stands until another is shown, of two plates alike the surer one stands, and
 * an unlike plate replaces any. Without a sensor a listed plate is another car's, however like.
 */
function unreplaced(reads: readonly Seen[], half: Half, text: string, isSensed: boolean): readonly number[] {
  let at: number[] = [];
  let stands = { text: '', best: 0 };
  for (const read of reads) {
    if (read.half !== half || read.text === '') continue;
    const isSame = read.text === stands.text;
    const isNew = half === 'card' || !isAlike(read.text, stands.text) || (!isSensed && isListed(read.text));
    if (isSame) stands.best = Math.max(stands.best, read.confidence);
    else if (isNew || read.confidence > stands.best) [stands, at] = [{ text: read.text, best: read.confidence }, []];
    else continue;
    if (read.text === text && read.confidence >= SURE) at.push(read.at);
  }
  return stands.text === text ? at : [];
}

const isListed = (plate: string): boolean => Object.values(permits).some((one) => one.plate.includes(plate));

/** Every sure read of these, replaced since or not. */
function surely(reads: readonly Seen[], half: Half, texts: readonly string[]): readonly number[] {
  return reads
    .filter((read) => read.half === half && texts.includes(read.text) && read.confidence >= SURE)
    .map((read) => read.at);
}

function isAlike(a: string, b: string): boolean {
  return [...a].filter((char, place) => char !== b[place]).length <= 2;
}

/** Where no sensor feels the first car, an unlike plate is that of the next, and so is one that the list has, however like. */
function isAnotherCar(reads: readonly Seen[], one: Omit<Seen, 'at'>): boolean {
  let stands = { text: '', best: 0 };
  for (const { half, text, confidence } of reads) {
    if (half !== 'plate' || text === '') continue;
    if (text === stands.text) stands.best = Math.max(stands.best, confidence);
    else if (confidence > stands.best) stands = { text, best: confidence };
  }
  if (one.half !== 'plate' || one.text === '' || stands.text === '' || stands.text === one.text) return false;
  return !isAlike(stands.text, one.text) || isListed(one.text);
}

function isRepeat(letIn: { readonly plate: string; readonly card: string }, one: Omit<Seen, 'at'>): boolean {
  if (one.half === 'card') return one.text === letIn.card;
  return letIn.plate !== '' && isAlike(one.text, letIn.plate);
}

/** Its first read; a later one only where the other half came in between, too late for the read before. */
function standsFrom(own: readonly number[], other: readonly number[]): number | null {
  let from: number | null = null;
  for (const at of own) {
    const since = from;
    if (since === null || other.some((one) => one > since + WINDOW_MS && one <= at)) from = at;
  }
  return from;
}

function play(world: World, events: readonly Event[], isSensed: boolean): number {
  const granted = () => world.ofKind('decision').filter((record) => record.body.outcome === 'granted');
  let reads: Seen[] = [];
  // Repeats of what was let in: only recorded while its grant stands, reads of a standing car when that has come to nothing.
  let repeats: Seen[] = [];
  let letIn = { plate: '', card: '' };
  let counted = 0;
  const arrive = () => {
    if (isSensed) world.set('arming', true);
    world.run(300);
  };
  arrive();
  for (const one of events) {
    if (one === 'nextCar') {
      if (isSensed) world.set('arming', false);
      world.run(isSensed ? 300 : 11_000);
      [reads, repeats, letIn] = [[], [], { plate: '', card: '' }];
      arrive();
    } else if ('waitMs' in one) {
      world.run(one.waitMs);
    } else {
      const seen = { ...one, at: world.now };
      const last = [...repeats, ...reads].at(-1)?.at ?? world.now;
      if (!isSensed && (world.now - last >= IDLE_MS || isAnotherCar(reads, one))) [reads, repeats] = [[], []];
      if (reads.length === 0 && isRepeat(letIn, one)) repeats.push(seen);
      else reads.push(seen);
      if (one.half === 'plate') world.plate(one.text, { confidence: one.confidence });
      else world.card(one.text);
      world.run(100);
    }
    const now = granted();
    const fresh = now.slice(counted);
    for (const { body, personal } of fresh) {
      const counts = [...repeats.map((_one, at) => [...repeats.slice(at), ...reads]), reads];
      const may = counts.some((all) => mayOpen(all, String(body.permit), isSensed));
      expect(may, JSON.stringify(events)).toBe(true);
      letIn = { plate: String(personal?.plate ?? ''), card: String(personal?.card ?? '') };
      [reads, repeats] = [[], []];
    }
    counted = now.length;
  }
  return counted;
}

it.each([
  ['with a sensor', true],
  ['without a sensor', false],
])('never opens unless both halves of one permit stand within one presence and window: %s', (_, isSensed) => {
  let opened = 0;
  const timing = { secondFactorWindowMs: WINDOW_MS };
  fc.assert(
    fc.property(fc.array(event, { minLength: 3, maxLength: 16 }), (events) => {
      const world = gate({ timing, ...(isSensed ? {} : { inputs: without('arming') }) }, { rows });
      opened += play(world, events, isSensed);
    }),
    { numRuns: 600 },
  );
  // A gate that never opens would keep this rule too.
  expect(opened).toBeGreaterThan(30);
});
