/** A simulated ONVIF camera for each lane that has one, behind a socket of its own. */
import { createServer, type Socket } from 'node:net';
import { OnvifTwin } from '../../../drivers/camera-onvif/twin.ts';
import type { Clock } from '../../contract/clock.ts';

export interface ServedOnvif {
  readonly twin: OnvifTwin;
  readonly port: number;
  close(): void;
}

export function serveOnvif(
  clock: Clock,
  account: { readonly user: string; readonly password: string },
): Promise<ServedOnvif> {
  const twin = new OnvifTwin({ clock, ...account });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const session = twin.accept({ write: (bytes) => socket.write(bytes), close: () => socket.end() });
    socket.on('data', (bytes) => session.receive(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      session.closed();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        twin,
        port: typeof address === 'object' && address !== null ? address.port : 0,
        close() {
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      });
    });
  });
}
