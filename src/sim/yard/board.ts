/** One board as it hangs on its line: what it is wired to, what it has said, which relays are on. */
import type { Command } from '../../core/io.ts';
import type { BoardPlan, SensorPlan } from '../crowd/site-plan.ts';
import type { LaneYard } from './lane-yard.ts';

export interface Board {
  readonly plan: BoardPlan;
  readonly sensors: readonly { readonly yard: LaneYard; readonly sensor: SensorPlan }[];
  readonly yard: LaneYard | null;
  nextAt: number;
  isClosely: boolean;
  isDown: boolean;
  isToldDown: boolean;
  misses: number;
  lastFrameAt: number;
  outputs: { close: boolean; stop: boolean; announce: boolean };
  /** What it said when it was read last, sensor by sensor, and of its outputs. */
  readonly said: (boolean | null | undefined)[];
  saidOutputs: number;
  /** It was read since anything stirred. */
  isFresh: boolean;
  /** Its next reading is told, whatever it says. */
  isOwed: boolean;
  /** Its newest reading that was left out and that nobody has been told of. */
  leftOutAt: number | null;
}

export function outputsOf(board: Board): Readonly<Record<string, boolean>> | undefined {
  const portal = board.yard?.plan.model.portal;
  if (board.yard === null || portal === undefined || portal.kind === 'none' || portal.kind === 'door') return undefined;
  const isHeld = board.yard.boom.isHeld;
  const { close, stop, announce } = board.outputs;
  return {
    open: isHeld && portal.hold !== 'holdInput',
    ...(portal.hold === 'holdInput' ? { hold: isHeld } : {}),
    close,
    ...(portal.stop === 'wired' ? { stop } : {}),
    ...(portal.announce === 'wired' ? { announce } : {}),
  };
}

export function obey({ yard, outputs }: Board, { action }: Command): void {
  if (action === 'closeOff') outputs.close = false;
  else if (action === 'stopOff') outputs.stop = false;
  else if (action === 'announceOn' || action === 'announceOff') outputs.announce = action === 'announceOn';
  if (yard === null) return;
  if (action === 'pulseOpen') yard.boom.pulseOpen();
  else if (action === 'pulseClose') yard.boom.pulseClose();
  else if (action === 'stop') yard.boom.stop();
  else if (action === 'holdOn' || action === 'holdOff') yard.boom.hold(action === 'holdOn');
}
