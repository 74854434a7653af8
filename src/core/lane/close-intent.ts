/** Keeping and dropping the wish to close; shared by whoever closes and whoever opens. */
import { disarm, type LaneTurn, lane, setLane } from '../turn.ts';
import { inputsOf } from './inputs.ts';

export function cancelClose(t: LaneTurn): void {
  if (lane(t).close === null) return;
  setLane(t, { close: null });
  disarm(t, 'close');
}

/** The boom has come down, or the close has been given up. */
export function endClose(t: LaneTurn): void {
  setLane(t, { close: null });
  disarm(t, 'close');
  disarm(t, 'closeWatch');
  watchDevices(t, 'normal');
}

/** An opening ends every close. One whose frame has not begun must not follow the opening that overtakes it. */
export function overtakeClose(t: LaneTurn): void {
  const { close, pending } = lane(t);
  if (close === null) return;
  if (close.command !== null && pending.some(({ command }) => command.id === close.command)) {
    t.turn.effects.push({ kind: 'withdraw', command: close.command });
  }
  endClose(t);
}

/** A close whose frame may be out: the limits do not show it yet, so nothing that they say may spare an opening its frame. */
export function isClosing(t: LaneTurn): boolean {
  const stage = lane(t).close?.stage;
  return stage === 'ordered' || stage === 'moving';
}

export function watchDevices(t: LaneTurn, level: 'normal' | 'closing'): void {
  const devices = new Set(inputsOf(t.model, 'obstruction').map((input) => input.device));
  for (const device of devices) t.turn.effects.push({ kind: 'watch', device, level });
}
