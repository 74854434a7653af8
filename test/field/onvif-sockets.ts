/** ONVIF twins on real sockets before the real camera host in its own process. */
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import onvif from '../../drivers/camera-onvif/index.ts';
import { OnvifTwin, type TwinOptions } from '../../drivers/camera-onvif/twin.ts';
import type { Observation, PlateRead } from '../../src/core/presentation.ts';
import { CameraHost } from '../../src/field/camera-host.ts';
import type { CameraOrder } from '../../src/field/camera-messages.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { device, password, user } from './onvif-memory.ts';

const module = new URL('../../drivers/camera-onvif/index.ts', import.meta.url).href;
const entry = new URL('../../src/runtime/camera-child.ts', import.meta.url).pathname;

export interface Served {
  readonly twin: OnvifTwin;
  readonly port: number;
  /** Requests that reached the socket. */
  connections(): number;
  close(): Promise<void>;
}

export function serve(options: Partial<TwinOptions> = {}): Promise<Served> {
  const twin = new OnvifTwin({ clock: systemClock(), user, password, ...options });
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    const end = twin.accept({ write: (bytes) => socket.write(bytes), close: () => socket.end() });
    socket.on('data', (bytes) => end.receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      end.closed();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const close = (): Promise<void> =>
        new Promise((done) => {
          for (const socket of sockets) socket.destroy();
          server.close(() => done());
        });
      resolve({ twin, port, connections: () => connections, close });
    });
  });
}

export function order(name: string, port: number, more: Readonly<Record<string, unknown>> = {}): CameraOrder {
  const config = onvif.config.parse(device({ address: '127.0.0.1', port, pullTimeout: '2s', ...more }));
  return { device: name, module, config, secrets: { pw: password } };
}

export interface HostBench {
  readonly host: CameraHost;
  readonly seen: Observation[];
  readonly problems: string[];
  readonly logs: string[];
  /** Plates of a device that may open. */
  live(device: string): readonly string[];
  stood(device: string, fault: string): boolean;
}

export function hosting(orders: readonly CameraOrder[]): HostBench {
  const seen: Observation[] = [];
  const problems: string[] = [];
  const logs: string[] = [];
  const host = new CameraHost({
    clock: systemClock(),
    entry,
    maxHeapMb: 192,
    maxResidentMb: 512,
    random: () => 0.5,
    events: {
      observed: async (observation) => {
        seen.push(observation);
        return 'recorded';
      },
      problem: (code, subject, raised) => problems.push(`${code} ${subject} ${raised}`),
      log: (_level, of, message, facts) => logs.push(`${of} ${message} ${JSON.stringify(facts)}`),
      listening: () => undefined,
    },
  });
  host.start({ receiver: null, devices: orders });
  return {
    ...{ host, seen, problems, logs },
    live: (of) =>
      seen
        .filter((each): each is PlateRead => each.kind === 'plateRead' && each.device === of && each.late === false)
        .map(({ raw }) => raw),
    stood: (of, fault) =>
      seen.some((each) => each.kind === 'deviceFault' && each.device === of && each.fault === fault && each.raised),
  };
}

/** Resident size in MiB; 0 once the process is gone. */
export function residentMb(pid: number | null): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096) / (1 << 20);
  } catch {
    return 0;
  }
}
