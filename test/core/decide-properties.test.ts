import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockBinds, prepare } from '../../src/core/decide/case.ts';
import { decide } from '../../src/core/decide/decide.ts';
import type { ReasonCode } from '../../src/core/decide/decision.ts';
import type { AccessQuestion } from '../../src/core/decide/question.ts';
import { rules } from '../../src/core/decide/rules.ts';
import { question } from './decide-questions.ts';

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

  it('who was read by nothing is let in by the guard alone, and let out blind only where all of it is said and seen', () => {
    always((q, decision) => {
      const presented = (q.credentials.plate?.kind ?? 'none') !== 'none' || q.credentials.card !== null;
      if (q.unread == null || presented || decision.outcome !== 'granted') return;
      if (decision.code === 'guardGranted') return;
      expect(q.direction).toBe('out');
      if (q.mode === 'emergency' || (q.emergency && q.mode !== 'outOfService')) return;
      expect(decision.code).toBe('blindExit');
      expect(q.lane).toMatchObject({ commissioned: true, exitPolicy: 'free' });
      expect(q.unread).toMatchObject({ risen: true, again: false });
      expect(q.unread.presentMs).toBeGreaterThanOrEqual(q.lane.blindExitAfterMs ?? Number.POSITIVE_INFINITY);
      expect(q.present).toBe('yes');
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
  'blindExit',
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
  'secondFactorUnavailable',
  'plateUncertain',
  'nearPlate',
  'noPlate',
  'unreadPresence',
  'listUnavailable',
  'clockUntrusted',
  'notPresent',
  'drivingAway',
  'emergencyUnconfirmed',
  'journalBroken',
  'Other',
];
