/** Keeping and dropping the wish to close; shared by whoever closes and whoever opens (I2). */
import type { Actor } from '../io.ts';
import { arm, disarm, type LaneTurn, lane, setLane } from '../turn.ts';
import { CLOSING_STALE_MS, inputsOf } from './inputs.ts';
import type { CloseIntent, LaneState } from './state.ts';

/** Who sees the boom while it comes down: a command line may be anywhere, whatever its user says. */
const WATCHING: readonly string[] = ['button', 'screen'];

export function isWatching(by: Actor): boolean {
  return WATCHING.includes(by.via);
}

/**
 * Takes a close back: nothing that waits survives. A frame that may be out is withdrawn, and the boom is guarded until it is
 * known what became of it (no close outlives a restart, reconnect or clock step).
 */
export function cancelClose(t: LaneTurn): void {
  const { close } = lane(t);
  if (close === null) return;
  if (!isClosing(t)) {
    endClose(t);
    return;
  }
  // The pulse that was to follow a release is a frame of its own: it does not outlive what has taken the close back.
  disarm(t, 'closeNext');
  if (close.overtaken === 'no' && withdraw(t, close)) setLane(t, { close: { ...close, overtaken: 'withdrawn' } });
}

/** The boom has come down, or has risen again, or the close has been given up. What an earlier one left falling stays guarded. */
export function endClose(t: LaneTurn): void {
  setLane(t, { close: null });
  disarm(t, 'close');
  disarm(t, 'closeNext');
  if (lane(t).unfinished === null) disarm(t, 'closeWatch');
  else arm(t, 'closeWatch', t.now.mono + CLOSING_STALE_MS + 1);
  watchDevices(t, isWatchedClosely(lane(t)) ? 'closing' : 'normal');
}

/** Is a close of ours that was not seen to end still read as attentively as one under way? */
export function isWatchedClosely({ unfinished }: Pick<LaneState, 'unfinished'>): boolean {
  return unfinished !== null && unfinished.watchedUntil !== null;
}

/** An opening ends every close. One whose frame may be out is still guarded until the boom is known to rise. */
export function overtakeClose(t: LaneTurn, by: 'opening' | 'reopening'): void {
  const { close } = lane(t);
  if (close === null) return;
  if (!isClosing(t)) {
    endClose(t);
    return;
  }
  withdraw(t, close);
  disarm(t, 'close');
  disarm(t, 'closeNext');
  const overtaken = close.overtaken === 'reopening' ? 'reopening' : by;
  setLane(t, { close: { ...close, stage: 'moving', overtaken } });
}

/** True where the frame may still be stopped. */
function withdraw(t: LaneTurn, close: CloseIntent): boolean {
  const { command } = close;
  if (command === null || !isPending(t, command)) return false;
  if (close.overtaken === 'no') t.turn.effects.push({ kind: 'withdraw', command });
  return true;
}

function isPending(t: LaneTurn, id: string): boolean {
  return lane(t).pending.some(({ command }) => command.id === id);
}

/** May the boom be on its way down on our word? */
export function mayBeFalling(t: LaneTurn): boolean {
  const { barrier } = lane(t);
  if (barrier?.position === 'closed' && barrier.basis === 'measured') return false;
  return isClosing(t) || lane(t).unfinished !== null;
}

/** A close whose frame may be out: the limits do not show it yet, so nothing that they say may spare an opening its frame. */
export function isClosing(t: LaneTurn): boolean {
  const stage = lane(t).close?.stage;
  return stage === 'ordered' || stage === 'moving';
}

export function openingPending(t: LaneTurn): boolean {
  return lane(t).pending.some(({ command }) => command.action === 'pulseOpen' || command.action === 'holdOn');
}

/** A pulse on its way holds nothing: only a maintained OPEN of ours is one that a release does not end. */
export function isHoldPending(t: LaneTurn): boolean {
  return lane(t).pending.some(({ command }) => command.action === 'holdOn');
}

/** Is it known how the close ended: boom down, risen again, or its travel over? */
export function closeIsOver(t: LaneTurn, close: CloseIntent): boolean {
  const boom = lane(t).barrier;
  if (boom === null) return true;
  if (close.command !== null && isPending(t, close.command)) return false;
  // A close that was presumed to have ended and is being reopened is over when the boom is known to rise.
  const down = boom.basis === 'measured' || close.overtaken === 'no' || close.overtaken === 'withdrawn';
  if (boom.position === 'closed' && down) return true;
  if (close.stage !== 'moving') return false;
  const up = boom.position === 'open' || boom.position === 'opening';
  const still = boom.order === null && boom.position !== 'closing' && boom.position !== 'opening';
  if (close.overtaken === 'opening') return !openingPending(t) && (up || still);
  if (close.overtaken === 'reopening') return !openingPending(t) && (boom.position === 'open' || still);
  // The board brought it back up, or its travel is over; a sent close keeps its order until then.
  return boom.position !== 'closing' && boom.order?.action !== 'close';
}

export function watchDevices(t: LaneTurn, level: 'normal' | 'closing'): void {
  const devices = new Set(inputsOf(t.model, 'obstruction').map((input) => input.device));
  for (const device of devices) t.turn.effects.push({ kind: 'watch', device, level });
}
