/** A grant that a step input must not open for: a person decides instead (gate.md "Portals": step inputs). */
import { decisionOf, recordedOf } from '../decide/decide.ts';
import type { JsonObject } from '../values.ts';
import { type LaneTurn, lane, laneRecord, setLane } from '../turn.ts';
import { endGrant } from './passages.ts';
import type { Grant } from './state.ts';

/**
 * Nothing was sent, so a one-time credential comes back; the car that stands there is referred, with the guard's answer or
 * button to open. Its next read decides it again, by what is measured then.
 */
export function referStep(t: LaneTurn, grant: Grant): void {
  const { barrier, approaches } = lane(t);
  const approach = approaches[grant.direction];
  const { current } = approach;
  const own = current !== null && current.decisionRef === grant.cause;
  const facts: JsonObject = { position: barrier?.position ?? null, positionBasis: barrier?.basis ?? null };
  endGrant(t, grant, 'notTaken', 'measured', { detail: { why: 'stepInputNotMeasuredClosed', ...facts } });
  if (!own) return;
  const decision = decisionOf('referred', 'stepInput', 'Other');
  const ref = laneRecord(t, 'decision', {
    cause: grant.cause,
    body: {
      ...{ outcome: decision.outcome, code: decision.code, permit: null, rowId: null, spends: false, category: null },
      configHash: t.turn.site.model.configHash,
      why: 'stepInputNotMeasuredClosed',
      ...facts,
    },
    extra: { direction: grant.direction, decision: recordedOf(decision) },
  });
  const referred = { ...current, decision, decisionRef: ref };
  setLane(t, { approaches: { ...lane(t).approaches, [grant.direction]: { ...approach, current: referred } } });
}
