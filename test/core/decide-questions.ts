/** Every question that `decide` may be asked, drawn from a world small enough to be covered many times. */
import fc from 'fast-check';
import type { ListRow } from '../../src/core/decide/facts.ts';
import type { AccessQuestion, FactorSource } from '../../src/core/decide/question.ts';
import { ask, lane, monday, plate, row } from './decide-fixtures.ts';

const day = 86_400_000;
const key = fc.constantFrom(
  'plate:京A12345',
  'plate:京A12B45',
  'plate:京A12845',
  'card:24:d507d0',
  'card:32:bad',
  'plate:川AX1234应急',
);
/** Most things are in order at most times; otherwise every question would end at the first rules. */
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const mostly = rarely.map((yes) => !yes);
function usually<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  );
}
const later = usually<number | null>(null, monday - day, monday, monday + day);

const listRow: fc.Arbitrary<ListRow> = fc
  .record({
    id: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
    key,
    color: usually<string | null>(null, 'blue', 'yellow', 'green'),
    blocked: rarely,
    enabled: mostly,
    category: fc.constantFrom('resident', 'visitor', 'staff'),
    lanes: usually<readonly string[]>([], ['east-in'], ['west-in'], ['residents']),
    directions: usually<ListRow['directions']>([], ['in'], ['out'], ['in', 'out']),
    validFrom: later,
    validTo: later,
    windows: usually<readonly string[]>([], ['office'], ['night'], ['missing']),
    permit: fc.constantFrom('p1', 'p2'),
    requires: fc.constantFrom<ListRow['requires']>('any', 'plateAndCard'),
    usesLeft: fc.constantFrom(null, 0, 1, 3),
  })
  .map((change) => row(change));

const credentials: fc.Arbitrary<AccessQuestion['credentials']> = fc.record({
  plate: fc.option(
    fc
      .record({
        raw: usually('京A12345', '京A12845', '京A12845', '川AX1234应急', '京A1234警', '京A120MD', '', 'EL123AB'),
        color: fc.constantFrom('blue' as const, 'yellow' as const, 'white' as const, 'unknown' as const),
        confidence: usually<number | null>(0.85, null, 0.2, 0.99),
      })
      .map(({ raw, color, confidence }) => plate(raw, { color, confidence })),
  ),
  card: fc.option(fc.constantFrom({ bits: 24, value: 'd507d0' }, { bits: 32, value: 'bad' }, { bits: 8, value: 'zz' })),
});

const factorSource: fc.Arbitrary<FactorSource> = fc.oneof(
  fc.constant({ state: 'works' } as const),
  fc.constant({ state: 'none' } as const),
  fc.record({
    state: fc.constant('down' as const),
    device: fc.constant('east-reader'),
    fault: fc.constantFrom('deviceSilent', 'driverFailed', 'cameraNotRunning'),
    forMs: fc.integer({ min: 10_000, max: 100_000 }),
  }),
);

export const question: fc.Arbitrary<AccessQuestion> = fc
  .record({
    rows: fc.array(listRow, { maxLength: 5 }),
    credentials,
    lane: fc
      .record({
        commissioned: mostly,
        exitPolicy: fc.constantFrom('free' as const, 'known' as const, 'paid' as const),
        directions: usually<readonly ('in' | 'out')[]>(['in', 'out'], ['in'], ['out']),
        groups: fc.constantFrom([], ['residents']),
        blindExitAfterMs: fc.constantFrom(null, 10_000),
        secondFactorFallback: fc.constantFrom('refer' as const, 'singleFactor' as const),
      })
      .map(lane),
    direction: fc.constantFrom('in' as const, 'out' as const),
    mode: usually<AccessQuestion['mode']>('normal', 'heldOpen', 'lockedDown', 'emergency', 'outOfService'),
    opposing: rarely,
    available: mostly,
    wallTrusted: mostly,
    present: usually<AccessQuestion['present']>('yes', 'no', 'unknown'),
    unread: fc.option(fc.record({ presentMs: fc.constantFrom(5000, 10_000, 12_000), risen: mostly, again: rarely })),
    ages: fc.record({
      presence: fc.constantFrom(null, 80),
      plate: fc.constantFrom(null, 300),
      mode: fc.constantFrom(null, 9000),
    }),
    framesAgree: fc.integer({ min: 1, max: 3 }),
    shown: fc.array(
      fc.constantFrom(plate('京A12B45'), plate('京A12345', { color: 'yellow' }), { bits: 32, value: 'bad' }),
      {
        maxLength: 2,
      },
    ),
    heading: fc.constantFrom(undefined, 'approaching' as const, 'leaving' as const, 'unknown' as const),
    secondFactor: fc.option(
      fc.record({
        paired: fc.boolean(),
        lapsed: fc.subarray(['plate' as const, 'card' as const]),
      }),
    ),
    factorSources: fc.option(fc.record({ plate: factorSource, card: factorSource }), { nil: undefined }),
    spentRows: fc.array(fc.constantFrom('r1', 'r2'), { maxLength: 2 }),
    journalBroken: rarely,
    guardGranted: rarely,
    emergency: rarely,
  })
  .map(({ rows, available, wallTrusted, ...change }) => {
    const q = ask(rows, { ...change, now: { mono: 1000, wall: monday, wallTrusted } });
    return q.facts === null ? q : { ...q, facts: { ...q.facts, available } };
  });
