/**
 * Contacts of the power supply (gate.md "Emergency and fire"): mains lost, UPS nearly empty. They move no boom and refuse nobody
 * (I17): people are told while there is time to be at the gate, with the card of how this barrier is lifted by hand.
 */
import { clearLane, type LaneTurn, lane, raiseLane } from '../turn.ts';
import { inputsOf, levelOf, roleLevel } from './inputs.ts';
import { barrierModel } from './portal.ts';

const CONTACTS = ['mainsLost', 'upsLow'] as const;

/** After each poll. A contact that says nothing leaves what stands; rest counts when it was read twice. */
export function readPower(t: LaneTurn): void {
  for (const role of CONTACTS) {
    const level = roleLevel(lane(t), t.model, role, t.now.mono, { safety: true });
    if (level === 'active') raiseLane(t, role, { ...activeInput(t, role), ...liftCard(t, role) });
    else if (level === 'inactive') clearLane(t, role);
  }
}

function activeInput(t: LaneTurn, role: (typeof CONTACTS)[number]): { readonly input?: string } {
  const active = inputsOf(t.model, role).find((input) => levelOf(lane(t), t.model, input, t.now.mono) === 'active');
  return active === undefined ? {} : { input: active.id };
}

function liftCard(t: LaneTurn, role: (typeof CONTACTS)[number]) {
  const card = barrierModel(t)?.manualLift;
  return role === 'mainsLost' && card !== undefined ? { manualLift: { zh: card.zh, en: card.en } } : {};
}
