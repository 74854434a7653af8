/** What persons ask of a close over the control socket: to hold one while they watch, and to bypass a safety sensor. */
import type { Socket } from 'node:net';
import type { Actor } from '../core/io.ts';
import { whyNotHeld } from '../core/lane/attending.ts';
import { whyNoBypass } from '../core/lane/bypass.ts';
import { beginTurn, type LaneTurn, laneTurn } from '../core/turn.ts';
import type { ControlRequest } from './control-protocol.ts';
import type { Gateway } from './gateway.ts';
import { NoSuchLane } from './rehearsal.ts';

type Asked<Method extends ControlRequest['method']> = Extract<ControlRequest, { method: Method }>;

/** What has become of a close that is held. */
export interface HeldClose {
  /** Why it is not held, as core names it; null while it is, and after its close has ended. */
  readonly refused: string | null;
  /** settling, announced, ordered or moving; null once its close is over. */
  readonly stage: string | null;
  readonly position: string;
}

export interface BypassAnswer {
  readonly refused: string | null;
  /** Name of the bypassed input that is left; null where none is. */
  readonly standing: string | null;
}

interface Hold {
  readonly lane: string;
  readonly by: Actor;
  readonly holder: string;
}

/** One hold for each connection: a person has one pair of eyes. */
const holds = new WeakMap<Socket, Hold>();
let sessions = 0;

/** The first of a connection begins a hold, every later one says that it lasts; the connection's end lets go. */
export function holdClose(gateway: Gateway, socket: Socket, request: Asked<'holdClose'>): HeldClose {
  const { lane } = request;
  const standing = holds.get(socket);
  if (standing !== undefined) {
    // What has been let go, or lost, is not taken up again by a late word.
    const held = gateway.loop.site.lanes[standing.lane]?.attending?.holder === standing.holder;
    if (held) gateway.loop.request({ kind: 'holdClose', ...standing });
    return heldClose(gateway, standing, held ? null : 'letGo');
  }
  sessions += 1;
  const hold: Hold = { lane, by: { via: 'cli', name: request.by }, holder: `session-${sessions}` };
  const refused = whyNotHeld(laneOf(gateway, lane), hold.by, hold.holder);
  gateway.loop.request({ kind: 'holdClose', ...hold });
  if (refused === null) {
    holds.set(socket, hold);
    socket.once('close', () => gateway.loop.request({ kind: 'letGoClose', ...hold }));
  }
  return heldClose(gateway, hold, refused);
}

export function letGoClose(gateway: Gateway, socket: Socket, request: Asked<'letGoClose'>): HeldClose {
  const hold = holds.get(socket) ?? { lane: request.lane, by: { via: 'cli', name: request.by }, holder: '' };
  gateway.loop.request({ kind: 'letGoClose', ...hold });
  return heldClose(gateway, hold, 'letGo');
}

function heldClose(gateway: Gateway, { lane }: Hold, refused: string | null): HeldClose {
  const state = gateway.loop.site.lanes[lane];
  const close = state?.close ?? null;
  return {
    refused,
    stage: close?.held === true && close.overtaken === 'no' ? close.stage : null,
    position: state?.barrier?.position ?? 'none',
  };
}

export function bypass(gateway: Gateway, request: Asked<'bypass'>): BypassAnswer {
  const { lane, input, reason, forMs } = request;
  const asked = { kind: 'bypassSensor', lane, input, reason, forMs, by: { via: 'cli', name: request.by } } as const;
  const refused = whyNoBypass(laneOf(gateway, lane), asked);
  gateway.loop.request(asked);
  return { refused, standing: standingBypass(gateway, lane) };
}

export function endBypass(gateway: Gateway, { lane, input, by }: Asked<'endBypass'>): BypassAnswer {
  laneOf(gateway, lane);
  const refused = standingBypass(gateway, lane) === input ? null : 'noSuchBypass';
  gateway.loop.request({ kind: 'endBypass', lane, input, by: { via: 'cli', name: by } });
  return { refused, standing: standingBypass(gateway, lane) };
}

function standingBypass(gateway: Gateway, lane: string): string | null {
  return gateway.loop.site.lanes[lane]?.bypass?.input ?? null;
}

/** @throws NoSuchLane */
function laneOf(gateway: Gateway, id: string): LaneTurn {
  const { site } = gateway.loop;
  const model = site.model.lanes.find((lane) => lane.id === id);
  if (model === undefined) throw new NoSuchLane(id);
  return laneTurn(beginTurn(site, gateway.loop.now(), null), model);
}
