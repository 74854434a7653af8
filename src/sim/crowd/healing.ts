/** The end of a run: what is broken works again, people go and tidy up, residents come, and all comes to rest (L1). */
import type { LaneYard } from '../yard/lane-yard.ts';
import type { Cast, Season } from './season.ts';

export interface HealingStep {
  /** Since the healing began. */
  readonly afterMs: number;
  readonly act: () => void;
}

const MINUTE_MS = 60_000;

export function healing(cast: Cast, season: Season, yards: readonly LaneYard[]): readonly HealingStep[] {
  const { staff, troubles, crowds } = cast;
  const at = (minutes: number, act: () => void): HealingStep => ({ afterMs: minutes * MINUTE_MS, act });
  return [
    at(0, () => troubles.heal()),
    at(5, () => {
      for (const crowd of crowds) crowd.disperse();
    }),
    // Twice: what one release or answer lets go may show another.
    at(6, () => staff.tidy()),
    at(8, () => {
      staff.tidy();
      staff.closeAll();
    }),
    at(10, () => {
      staff.closeAll();
      lowerByHand(yards);
    }),
    ...[11, 14, 17, 20].map((minutes) => at(minutes, () => season.residents())),
    at(26, () => {
      staff.tidy();
      staff.closeAll();
      lowerByHand(yards);
    }),
    at(30, () => {}),
  ];
}

/**
 * Software closes nothing before the sign-off; a boom that somebody has left half way goes on by nobody's order; and where closing is
 * letting go of the OPEN contact, one that stands up without it has nothing to be let go.
 */
function lowerByHand(yards: readonly LaneYard[]): void {
  for (const { plan, boom } of yards) {
    const { portal } = plan.model;
    const hasNoClose = portal.kind === 'barrier' && portal.close === 'none' && plan.boom.closesAfterMs === null;
    const isHalfWay = !boom.isDown && !boom.isUp && !boom.isMoving;
    if ((!plan.model.commissioned || isHalfWay || hasNoClose) && !boom.isDown && !boom.isHeld) boom.byHand(0);
  }
}
