import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockBinds, prepare } from '../../src/core/decide/case.ts';
import { decide } from '../../src/core/decide/decide.ts';
import type { ReasonCode } from '../../src/core/decide/decision.ts';
import type { ListRow } from '../../src/core/decide/facts.ts';
import type { AccessQuestion } from '../../src/core/decide/question.ts';
import { rules } from '../../src/core/decide/rules.ts';
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

const question: fc.Arbitrary<AccessQuestion> = fc
  .record({
    rows: fc.array(listRow, { maxLength: 5 }),
    credentials,
    lane: fc
      .record({
        commissioned: mostly,
        exitPolicy: fc.constantFrom('free' as const, 'known' as const, 'paid' as const),
        directions: usually<readonly ('in' | 'out')[]>(['in', 'out'], ['in'], ['out']),
        groups: fc.constantFrom([], ['residents']),
      })
      .map(lane),
    direction: fc.constantFrom('in' as const, 'out' as const),
    mode: usually<AccessQuestion['mode']>('normal', 'heldOpen', 'lockedDown', 'emergency', 'outOfService'),
    opposing: rarely,
    available: mostly,
    wallTrusted: mostly,
    present: usually<AccessQuestion['present']>('yes', 'no', 'unknown'),
    framesAgree: fc.integer({ min: 1, max: 3 }),
    secondFactor: fc.option(
      fc.record({
        permit: fc.constantFrom('p1', 'p2'),
        seen: fc.constantFrom('plate' as const, 'card' as const),
        ended: fc.boolean(),
      }),
    ),
    spentRows: fc.array(fc.constantFrom('r1', 'r2'), { maxLength: 2 }),
    journalBroken: rarely,
    guardGranted: rarely,
  })
  .map(({ rows, available, wallTrusted, ...change }) => {
    const q = ask(rows, { ...change, now: { mono: 1000, wall: monday, wallTrusted } });
    return q.facts === null ? q : { ...q, facts: { ...q.facts, available } };
  });

/** Every question of the run is checked for everything at once; 4,000 cover the small worlds above many times. */
function always(check: (q: AccessQuestion, decision: ReturnType<typeof decide>) => void): void {
  fc.assert(
    fc.property(question, (q) => check(q, decide(q))),
    { numRuns: 4000 },
  );
}

describe('whatever is asked', () => {
  it('a blocked row at an entry is never let in but by the guard', () => {
    always((q, decision) => {
      const c = prepare(q);
      const blocked = q.direction === 'in' && c.matches.some((match) => blockBinds(match, c));
      if (blocked && q.guardGranted !== true) expect(decision).toMatchObject({ outcome: 'denied', code: 'blocked' });
    });
  });

  it('nobody is denied at an exit (I16)', () => {
    always((q, decision) => {
      if (q.direction === 'out') expect(decision.outcome).not.toBe('denied');
    });
  });

  it('the guard’s word is always granted', () => {
    always((q, decision) => {
      if (q.guardGranted === true) expect(decision).toMatchObject({ outcome: 'granted', code: 'guardGranted' });
    });
  });

  it('an entry is granted only by the guard, an emergency vehicle or a good row', () => {
    always((q, decision) => {
      if (q.direction !== 'in' || decision.outcome !== 'granted') return;
      expect(['guardGranted', 'emergencyVehicle', 'permitted']).toContain(decision.code);
      if (decision.code === 'guardGranted') return;
      expect(q.lane.commissioned && !q.opposing && q.present !== 'no').toBe(true);
      expect(q.mode).not.toBe('outOfService');
      if (decision.code === 'emergencyVehicle') return;
      expect(q.mode).not.toBe('lockedDown');
      const [granting] = (q.facts?.rows ?? []).filter(
        (one) => one.id === decision.rowId && !one.blocked && one.enabled,
      );
      expect(granting).toBeDefined();
      expect(decision.permit).not.toBeNull();
    });
  });

  it('a use is spent only by a grant of a counted row at an entry with a sound journal', () => {
    always((q, decision) => {
      if (!decision.spends) return;
      expect(decision.outcome).toBe('granted');
      expect(q.direction).toBe('in');
      expect(q.journalBroken).toBe(false);
    });
  });

  it('a suggestion comes with a referral only, and never beside a blocked neighbour', () => {
    always((q, decision) => {
      if (decision.suggestion === null) return;
      expect(decision.outcome).toBe('referred');
      const near = q.facts?.near ?? [];
      expect(near.some((one) => one.blocked)).toBe(false);
      expect(new Set(near.map((one) => one.key)).size).toBe(1);
    });
  });

  it('every rule is tried and gives a reason, and the code is that of a reason with the outcome’s verdict (I11)', () => {
    const verdict = { granted: 'grants', denied: 'denies', referred: 'refers' } as const;
    always((_q, decision) => {
      const tried = new Set(decision.reasons.map((reason) => reason.rule));
      for (const { name } of rules) if (name !== 'permit') expect(tried).toContain(name);
      expect(decision.reasons).toContainEqual(
        expect.objectContaining({ code: decision.code, verdict: verdict[decision.outcome] }),
      );
    });
  });

  it('no reason holds a plate, a card, a holder or a room (I14)', () => {
    always((q, decision) => {
      const written = JSON.stringify(decision.reasons);
      for (const secret of ['张三丰', '3-2-1501', 'd507d0', 'plate:', 'card:', q.credentials.plate?.text ?? '']) {
        if (secret !== '') expect(written).not.toContain(secret);
      }
    });
  });

  it('the same question has the same answer, and the question is left as it was', () => {
    always((q, decision) => {
      const before = JSON.stringify(q);
      expect(decide(q)).toEqual(decision);
      expect(JSON.stringify(q)).toBe(before);
    });
  });

  it('every reason that a decision can end with is reached, and no other', () => {
    const reached = new Set<ReasonCode>();
    fc.assert(
      fc.property(question, (q) => {
        const decision = decide(q);
        reached.add(decision.code);
      }),
      { numRuns: 30_000, seed: 20_261_123 },
    );
    expect([...reached].sort()).toEqual([...decideCanEndWith].sort());
  });
});

/** `grantQueueFull` and `replayed` are the lane's own (`decisionOf`). */
const decideCanEndWith: readonly ReasonCode[] = [
  'permitted',
  'exitFree',
  'emergencyVehicle',
  'guardGranted',
  'blocked',
  'unknownCredential',
  'CredentialNotEnabled',
  'CredentialNotActive',
  'CredentialExpired',
  'NotPermittedAtThisTime',
  'Unauthorized',
  'usesSpent',
  'colorMismatch',
  'laneClosed',
  'laneNotCommissioned',
  'lockedDown',
  'outOfService',
  'opposingDirection',
  'awaitingSecondFactor',
  'secondFactorMissing',
  'secondFactorMismatch',
  'plateUncertain',
  'nearPlate',
  'noPlate',
  'listUnavailable',
  'clockUntrusted',
  'notPresent',
  'emergencyUnconfirmed',
  'journalBroken',
  'Other',
];
