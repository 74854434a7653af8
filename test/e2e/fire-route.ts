/** Two lanes on the road to the fire ground, each with a board of its own on one line; no camera that pushes. */
import { Daemon } from './daemon.ts';
import { type GatePeer, type SeenWrite, tcpPeer } from './gate-peer.ts';
import type { Stage } from './harness.ts';
import { contacts, relays } from './one-gate.ts';
import { allSensors, barrier, lane, makeSite, type Site, type SiteText, tcpLine } from './site.ts';

export const units = { east: 1, west: 2 } as const;
export type Lane = keyof typeof units;

export interface FireRoute {
  readonly site: Site;
  readonly peer: GatePeer;
  launch(env?: Readonly<Record<string, string>>): Daemon;
  contact(lane: Lane, name: keyof typeof contacts, on: boolean): void;
  /** Writes that switch the hold relay of the lane's board. */
  holds(lane: Lane, on: boolean): readonly SeenWrite[];
  /** The barrier loses its power: its relays fall off, and its boom comes down by itself. */
  powerReturns(lane: Lane): Promise<void>;
}

export interface RouteOptions {
  readonly peer?: GatePeer;
  /** Of the two boards, as YAML; called `bus`. */
  readonly line?: string;
  readonly profile?: 'waveshare-8' | 'generic-coils';
  /** Of the first board, where it has others. */
  readonly eastInputs?: string;
  /** What stands beside them. */
  readonly also?: (config: string) => Partial<SiteText>;
}

export async function fireRoute(stage: Stage, options: RouteOptions = {}): Promise<FireRoute> {
  const { profile = 'waveshare-8' } = options;
  const peer = options.peer ?? (await tcpPeer(stage, Object.values(units), 'raw'));
  const lanes = Object.entries(units);
  for (const [, unit] of lanes) {
    peer.tell('boom', unit, 250, -1);
    // Energised = nothing under the boom, no fire.
    peer.input(unit, contacts.obstruction, true);
    peer.input(unit, contacts.fire, true);
  }
  await peer.settled();
  const hold = { profile, inputs: allSensors, more: 'hold: holdInput, pulse: 300ms' };
  const own = options.eastInputs === undefined ? {} : { inputs: options.eastInputs };
  const site = await makeSite(stage, (config) => {
    const also = options.also?.(config) ?? {};
    return {
      lines: [options.line ?? tcpLine('bus', peer.port), ...(also.lines ?? [])],
      devices: [
        ...lanes.map(([id, unit]) =>
          barrier({ id: `${id}-boom`, line: 'bus', unit, ...hold, ...(id === 'east' ? own : {}) }),
        ),
        ...(also.devices ?? []),
      ],
      lanes: [...lanes.map(([id]) => lane({ id, barrier: `${id}-boom` })), ...(also.lanes ?? [])],
      routes: ['north: { name: 北门消防通道, lanes: [east, west], direction: in }'],
      receiver: false,
    };
  });
  return {
    site,
    peer,
    launch(env = {}) {
      const daemon = new Daemon(stage, { config: site.config, state: site.state, env });
      daemon.wantsReceiver = false;
      return daemon;
    },
    contact: (id, name, on) => peer.input(units[id], contacts[name], on),
    holds: (id, on) =>
      peer
        .writes(units[id])
        .filter(({ fc, address, values }) => fc === 5 && address === relays.hold - 1 && values[0] === Number(on)),
    async powerReturns(id) {
      peer.tell('relay', units[id], relays.hold, 0);
      peer.tell('boom', units[id], 250, -1);
      await peer.settled();
    },
  };
}
