/** A lane that a faulty safety sensor keeps open is paged at once; nobody having come for ten minutes, it is said anew and louder. */
import { arm, clearLane, disarm, hasFault, type LaneTurn, lane, raiseLane, setLane } from '../turn.ts';
import { holdsOpen } from './claims.ts';

/** From the first page to the one that asks for somebody to be sent. */
export const LEFT_OPEN_MS = 600_000;
const KEPT_OPEN_BY = ['obstructionUnknown', 'obstructionSilent', 'obstructionStuck', 'obstructionHunting'] as const;

function why(t: LaneTurn): string | null {
  const { barrier, claims } = lane(t);
  if (barrier?.position !== 'open' && barrier?.position !== 'stopped') return null;
  return holdsOpen(claims) ? null : (KEPT_OPEN_BY.find((code) => hasFault(t, code)) ?? null);
}

/** At the end of every turn. */
export function watchLeftOpen(t: LaneTurn): void {
  const kept = why(t) !== null;
  const since = lane(t).leftOpenSince;
  if (kept === (since !== null)) return;
  setLane(t, { leftOpenSince: kept ? t.now.mono : null });
  if (kept) arm(t, 'leftOpen', t.now.mono + LEFT_OPEN_MS);
  else {
    disarm(t, 'leftOpen');
    clearLane(t, 'laneLeftOpen');
  }
}

/** Its timer. */
export function leftOpenDue(t: LaneTurn): void {
  const fault = why(t);
  if (fault === null) return;
  raiseLane(t, 'laneLeftOpen', { because: fault, policy: t.model.onObstructionUnknown, afterMs: LEFT_OPEN_MS });
}
