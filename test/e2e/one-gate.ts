/** One lane with everything on it: a board with all sensors, a boom, a camera that pushes, two listed cars. */
import { hikvisionPush, PushingCamera, type Reply } from './cameras.ts';
import { Daemon, laneOf } from './daemon.ts';
import { type GatePeer, type SeenWrite, tcpPeer } from './gate-peer.ts';
import { type Stage, until } from './harness.ts';
import {
  allSensors,
  barrier,
  importList,
  lane,
  makeSite,
  pushCamera,
  type Site,
  type SiteText,
  tcpLine,
} from './site.ts';

export const resident = '京A71B26';
export const neighbour = '沪BK3391';
/** Good for one entry. */
export const visitor = '粤B5T90Z';

export const relays = { open: 1, close: 2, stop: 3, hold: 4, announce: 5 } as const;
export const contacts = { openLimit: 1, closedLimit: 2, obstruction: 3, arming: 4, button: 5, fire: 6 } as const;

const secret = 'e2eonegatesecret';

export interface OneGateOptions {
  /** Who closes; the board does so 150 ms after the boom is up. */
  readonly autoClose?: 'board' | 'gateway';
  readonly list?: boolean;
  readonly profile?: 'waveshare-8' | 'generic-coils';
  readonly line?: (port: number) => string;
  readonly peer?: GatePeer;
  /** Further keys of the lane. */
  readonly lane?: string;
  /** Further keys of the board. */
  readonly board?: string;
  readonly more?: (config: string) => Partial<SiteText>;
}

export interface OneGate {
  readonly site: Site;
  readonly peer: GatePeer;
  readonly text: (config: string) => SiteText;
  launch(options?: Partial<ConstructorParameters<typeof Daemon>[1]>): Daemon;
  push(plate: string): Promise<Reply>;
  contact(name: keyof typeof contacts, on: boolean): void;
  /** Writes that close the contact of this relay. */
  closings(relay: keyof typeof relays): readonly SeenWrite[];
}

export async function oneGate(stage: Stage, options: OneGateOptions = {}): Promise<OneGate> {
  const { autoClose = 'board', profile = 'waveshare-8' } = options;
  const laneKeys = `notTakenAfter: 5s${options.lane === undefined ? '' : `, ${options.lane}`}`;
  const peer = options.peer ?? (await tcpPeer(stage, [1], profile === 'waveshare-8' ? 'raw' : 'tcp'));
  peer.tell('boom', 1, 250, autoClose === 'board' ? 150 : -1);
  // Energised = nothing under the boom, no fire.
  peer.input(1, contacts.obstruction, true);
  peer.input(1, contacts.fire, true);
  await peer.settled();
  const text = (config: string): SiteText => {
    const more = options.more?.(config) ?? {};
    return {
      lines: [(options.line ?? ((port) => tcpLine('bus', port)))(peer.port), ...(more.lines ?? [])],
      devices: [
        barrier({
          id: 'boom',
          line: 'bus',
          unit: 1,
          profile,
          inputs: allSensors,
          more: `hold: holdInput, stop: wired, pulse: 300ms${options.board === undefined ? '' : `, ${options.board}`}`,
        }),
        pushCamera({ config }, 'camera', secret),
        ...(more.devices ?? []),
      ],
      lanes: [
        lane({ id: 'east', barrier: 'boom', cameras: '[camera]', autoClose, more: laneKeys }),
        ...(more.lanes ?? []),
      ],
    };
  };
  const site = await makeSite(stage, text);
  if (options.list !== false)
    await importList(stage, site, [{ plate: resident }, { plate: neighbour }, { plate: visitor, uses: 1 }]);
  const camera = new PushingCamera(stage, site.receiverPort, secret);
  return {
    site,
    peer,
    text,
    launch: (more = {}) => new Daemon(stage, { config: site.config, state: site.state, ...more }),
    push: (plate) => camera.push(hikvisionPush(plate)),
    contact: (name, on) => peer.input(1, contacts[name], on),
    closings: (relay) =>
      peer.writes(1).filter(({ fc, address, values }) => {
        const at = relays[relay] - 1;
        return fc === 5 && ((address === at && values[0] === 1) || address === 0x0200 + at);
      }),
  };
}

/** A car arrives on the arming sensor and leaves it again once the boom is up. */
export async function carCalls(gate: OneGate, daemon: Daemon, plate: string): Promise<void> {
  gate.contact('arming', true);
  await daemon.when('the car stands on the sensor', (status) => laneOf(status, 'east').inputs.arming === 'active');
  await gate.push(plate);
}

/** Presses the guard's button and lets it go once `then` holds. */
export async function press(gate: OneGate, daemon: Daemon, what: string): Promise<void> {
  const before = gate.closings('open').length;
  gate.contact('button', true);
  await until(`the guard's button opens ${what}`, () => gate.closings('open').length > before);
  gate.contact('button', false);
  await daemon.when('the button is read released', (status) => laneOf(status, 'east').inputs.button === 'inactive');
}

/** Waits for `count` further polls of the inputs: whatever was to follow has had its time. */
export async function furtherPolls(peer: GatePeer, unit: number, count: number): Promise<void> {
  const before = peer.reads(unit).length;
  await until(`${count} further polls`, () => peer.reads(unit).length >= before + count);
}
