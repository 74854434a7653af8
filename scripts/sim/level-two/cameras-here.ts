/** The cameras' host without its process and its socket: the real driver of each camera takes its pushes, as bytes, and is asked again where it has no room. */
import cameraDriver from '../../../drivers/camera-http/index.ts';
import type { AnyDriver, HttpDelivery } from '../../../src/contract/driver.ts';
import type { Clock } from '../../../src/contract/clock.ts';
import type { Observation, PlateRead } from '../../../src/core/presentation.ts';
import { CameraAccounts } from '../../../src/field/camera-accounts.ts';
import { CameraDevice, type CameraSurroundings } from '../../../src/field/camera-device.ts';
import type { CameraHostEvents } from '../../../src/field/camera-host.ts';
import type { CameraSite } from '../../../src/field/camera-messages.ts';
import type { Cameras } from '../../../src/runtime/gateway-parts.ts';

export interface CamerasHerePorts {
  readonly clock: Clock;
  readonly events: CameraHostEvents;
  /** A driver threw, or a push was not let in. */
  readonly failed: (why: unknown) => void;
}

/** A camera that is answered 503 sends again. */
const AGAIN_MS = 3000;
const AGAIN_MAX = 3;
const SIGNS = ['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other', 'unknown'] as const;

/** What a technician writes for such a camera. */
export const cameraConfig = (address: string, pushPathEnv: string): Readonly<Record<string, unknown>> => ({
  ...{ address, pushPathEnv },
  fields: {
    plate: 'result.license',
    confidence: { at: 'result.sure', scale: 100 },
    color: { at: 'result.color', map: Object.fromEntries(SIGNS.map((sign) => [sign, sign])) },
    heading: { at: 'result.way', map: { '3': 'leaving', '4': 'approaching' } },
    eventId: 'id',
    time: { at: 'time', unit: 'ms' },
    replayed: { at: 'result.again', equals: 1 },
    historical: { at: 'result.offline', equals: 1 },
  },
});

export class CamerasHere implements Cameras {
  readonly #ports: CamerasHerePorts;
  readonly #devices = new Map<string, CameraDevice>();
  readonly #addresses = new Map<string, string>();

  constructor(ports: CamerasHerePorts) {
    this.#ports = ports;
  }

  start(site: CameraSite): void {
    const { clock, events, failed } = this.#ports;
    const around: CameraSurroundings = {
      ...{ clock, accounts: new CameraAccounts() },
      emit: (observation) => events.observed(observation),
      heard: () => {},
      within: (_owner, action) => action(),
      log: ({ message, facts }) => failed({ message, facts }),
    };
    for (const order of site.devices) {
      const device = CameraDevice.create(order, cameraDriver as AnyDriver, around);
      this.#devices.set(order.device, device);
      this.#addresses.set(order.device, (order.config as { readonly address: string }).address);
      device.start().catch(failed);
    }
  }

  /** Its cameras stay what they are. */
  configure(): void {}

  async stop(): Promise<void> {
    const devices = [...this.#devices.values()];
    this.#devices.clear();
    await Promise.all(devices.map((device) => device.stop()));
  }

  lastHeardAt(): null {
    return null;
  }

  /** What the process itself says of a camera. */
  say(observation: Observation): void {
    if (this.#devices.has(observation.device)) this.#ports.events.observed(observation).catch(this.#ports.failed);
  }

  push(read: PlateRead, again = 0): void {
    const { clock, failed } = this.#ports;
    const route = this.#devices.get(read.device)?.route;
    // Where nobody listens yet, the push is refused.
    if (route === null || route === undefined) return;
    route.take(deliveryOf(read, this.#addresses.get(read.device) ?? '', clock.mono())).then(({ status }) => {
      if (status === 503 && again < AGAIN_MAX) clock.after('camera.again', AGAIN_MS, () => this.push(read, again + 1));
      else if (status !== 200 && status !== 503) failed({ status });
    }, failed);
  }
}

function deliveryOf(read: PlateRead, remoteAddress: string, receivedAt: number): HttpDelivery {
  const { raw, color, confidence, heading, late, eventId, cameraWall } = read;
  const message = {
    ...(eventId === null ? {} : { id: eventId }),
    ...(cameraWall === null ? {} : { time: cameraWall }),
    result: {
      ...{ license: raw, color },
      ...(confidence === null ? {} : { sure: Math.round(confidence * 100) }),
      ...(heading === 'unknown' ? {} : { way: heading === 'leaving' ? 3 : 4 }),
      again: late === 'replayed' || late === 'held' ? 1 : 0,
      offline: late === 'historical' ? 1 : 0,
    },
  };
  return {
    ...{ method: 'POST', path: '', headers: { 'content-type': 'application/json' }, remoteAddress },
    ...{ receivedAt, body: Buffer.from(JSON.stringify(message)) },
  };
}
