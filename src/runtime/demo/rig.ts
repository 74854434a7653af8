/** The demo's gate hardware: barrier boards on Modbus TCP and cameras that push or stream, simulated behind real sockets. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { BarrierTwin, BoardTwin } from '../../../drivers/barrier-modbus/twin.ts';
import { vzenithBody } from '../../../drivers/camera-http/twin.ts';
import { alertXml, IsapiTwin, pushBody } from '../../../drivers/camera-isapi/twin.ts';
import type { TwinCard } from '../../../drivers/reader-serial/twin.ts';
import type { Clock } from '../../contract/clock.ts';
import type { PlateColor } from '../../core/presentation.ts';
import type { Direction } from '../../core/values.ts';
import type { LaneRig, SeenPlate } from '../../sim/lane-rig.ts';
import { type ServedOnvif, serveOnvif } from './onvif.ts';
import { type ServedReader, serveReader } from './reader.ts';
import { type ModbusServer, serveModbusTcp } from '../../sim/modbus-server.ts';

export const inputs = {
  openLimit: 1,
  closedLimit: 2,
  obstruction: 3,
  arming: 4,
  button: 5,
  fire: 6,
  armingOut: 7,
} as const;
const relays = { open: 1, close: 2, stop: 3, hold: 4 } as const;
export const travelMs = 1500;

export type CameraKind = 'isapiPush' | 'isapiStream' | 'vzenith' | 'onvif';

export interface DemoLane {
  readonly id: string;
  readonly directions: readonly Direction[];
  readonly unit: number;
  readonly autoClose: 'board' | 'gateway';
  readonly camera: CameraKind;
  /** A Wiegand converter on the network reads cards here. */
  readonly reader?: boolean | undefined;
}

export class DemoRig implements LaneRig {
  readonly id: string;
  readonly directions: readonly Direction[];
  readonly board: BoardTwin;
  readonly barrier: BarrierTwin;
  /** Set where the lane has a reader, once its socket listens. */
  reader: ServedReader | null = null;
  readonly #lane: DemoLane;
  readonly #clock: Clock;
  readonly #see: (direction: Direction, seen: SeenPlate) => void;

  constructor(lane: DemoLane, clock: Clock, see: (direction: Direction, seen: SeenPlate) => void) {
    this.id = lane.id;
    this.directions = lane.directions;
    this.#lane = lane;
    this.#clock = clock;
    this.#see = see;
    this.board = new BoardTwin({ clock, unit: lane.unit, dialect: 'waveshare' });
    // Energised = all well, so that a cut cable reads occupied or alarm.
    this.board.setInput(inputs.obstruction, true);
    this.board.setInput(inputs.fire, true);
    this.barrier = new BarrierTwin({ clock, board: this.board, travelMs, relays, inputs, protects: true });
  }

  boom(): number {
    return this.barrier.position;
  }

  sense(sensor: 'arming' | 'obstruction', direction: Direction, active: boolean): void {
    if (sensor === 'obstruction') {
      this.barrier.occupied = active;
      this.board.setInput(inputs.obstruction, !active);
    } else {
      const twoWay = this.directions.length > 1 && direction === 'out';
      this.board.setInput(twoWay ? inputs.armingOut : inputs.arming, active);
    }
  }

  see(direction: Direction, seen: SeenPlate): void {
    this.#see(direction, seen);
  }

  showCard(card: TwinCard): void {
    this.reader?.showFor(card);
  }

  pressButton(pressed: boolean): void {
    this.board.setInput(inputs.button, pressed);
  }

  jam(jammed: boolean): void {
    this.barrier.jammed = jammed;
  }

  /** A board that owns closing drops the boom two seconds behind the car. */
  cleared(): void {
    if (this.#lane.autoClose !== 'board') return;
    this.#clock.after(`demo.${this.id}.board`, 2000, () => {
      if (!this.barrier.occupied) this.barrier.push('down');
    });
  }
}

export interface Hardware {
  readonly rigs: readonly DemoRig[];
  readonly modbusPort: number;
  readonly streamPort: number;
  /** By lane. */
  readonly onvifPorts: ReadonlyMap<string, number>;
  readonly readerPorts: ReadonlyMap<string, number>;
  /** Set once the daemon's receiver is known. */
  target: { host: string; port: number } | null;
  close(): Promise<void>;
}

export interface HardwareOptions {
  readonly clock: Clock;
  readonly lanes: readonly DemoLane[];
  readonly pathOf: (lane: string) => string;
  readonly streamAccount: { readonly user: string; readonly password: string };
}

export async function startHardware(options: HardwareOptions): Promise<Hardware> {
  const { clock, lanes, pathOf, streamAccount } = options;
  const onvif = new Map<string, ServedOnvif>();
  for (const lane of lanes) if (lane.camera === 'onvif') onvif.set(lane.id, await serveOnvif(clock, streamAccount));
  const stream = new IsapiTwin({ ...streamAccount, now: () => clock.mono() });
  const connections = new Map<string, Socket>();
  let serial = 0;
  const hardware: { target: { host: string; port: number } | null } = { target: null };
  const rigs = lanes.map(
    (lane) =>
      new DemoRig(lane, clock, (direction, seen) => {
        serial++;
        const vehicle = {
          plate: seen.plate === '' ? 'unknown' : seen.plate,
          color: colorWord(seen.color),
          confidence: String(Math.round(seen.confidence * 100)),
          uuid: `demo-${serial}`,
          dateTime: cameraTime(clock.wall()),
        };
        if (lane.camera === 'isapiStream') return stream.passVehicle(vehicle);
        if (lane.camera === 'onvif') {
          const { plate, color, confidence } = vehicle;
          return onvif.get(lane.id)?.twin.passVehicle({ plate, color, likelihood: confidence });
        }
        if (hardware.target === null) return;
        const channel = direction === 'out' && lane.directions.length > 1 ? 2 : 1;
        const { contentType, body } =
          lane.camera === 'isapiPush'
            ? pushBody(alertXml({ ...vehicle, channel }))
            : vzenithBody({
                plate: seen.plate === '' ? '_无_' : seen.plate,
                id: serial,
                confidence: seen.confidence,
                color: seen.color,
                channel,
              });
        push(connections, hardware.target, pathOf(lane.id), contentType, body);
      }),
  );
  const modbus: ModbusServer = await serveModbusTcp({
    host: '127.0.0.1',
    port: 0,
    boards: rigs.map((rig) => rig.board),
  });
  const { server, port } = await serveStream(stream);
  const readers = await serveReaders(rigs, lanes, clock);
  let cancelHeartbeat = (): void => undefined;
  const heartbeat = (): void => {
    stream.heartbeat();
    cancelHeartbeat = clock.after('demo.stream.heartbeat', 10_000, heartbeat);
  };
  heartbeat();
  return {
    rigs,
    modbusPort: modbus.port,
    streamPort: port,
    onvifPorts: new Map([...onvif].map(([lane, { port: own }]) => [lane, own])),
    readerPorts: new Map([...readers].map(([lane, reader]) => [lane, reader.port])),
    get target() {
      return hardware.target;
    },
    set target(next) {
      hardware.target = next;
    },
    async close() {
      cancelHeartbeat();
      stream.cutStreams();
      for (const socket of connections.values()) socket.destroy();
      server.close();
      for (const served of [...readers.values(), ...onvif.values()]) served.close();
      await modbus.close();
    },
  };
}

async function serveReaders(
  rigs: readonly DemoRig[],
  lanes: readonly DemoLane[],
  clock: Clock,
): Promise<ReadonlyMap<string, ServedReader>> {
  const served = new Map<string, ServedReader>();
  for (const rig of rigs) {
    if (lanes.find((lane) => lane.id === rig.id)?.reader !== true) continue;
    const reader = await serveReader(clock, rig.id);
    rig.reader = reader;
    served.set(rig.id, reader);
  }
  return served;
}

/** As a camera set to Beijing time prints it, to the second. */
function cameraTime(wall: number): string {
  return `${new Date(wall + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}

function colorWord(color: PlateColor): string {
  return color === 'yellowGreen' ? 'yellow' : color;
}

/** One kept-alive connection a camera, opened again when it is gone. */
function push(
  connections: Map<string, Socket>,
  target: { host: string; port: number },
  path: string,
  contentType: string,
  body: Uint8Array,
): void {
  const open = connections.get(path);
  const socket = open !== undefined && !open.destroyed ? open : connect(target.port, target.host);
  if (socket !== open) {
    connections.set(path, socket);
    socket.on('error', () => socket.destroy());
    socket.resume();
  }
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: ${target.host}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
}

function serveStream(twin: IsapiTwin): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    const session = twin.accept({ write: (bytes) => socket.write(bytes), close: () => socket.destroy() });
    socket.on('data', (bytes) => session.receive(bytes));
    socket.on('close', () => session.closed());
    socket.on('error', () => socket.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0 });
    });
  });
}
