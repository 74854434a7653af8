/** A simulated Wiegand-Ethernet converter: a TCP server that sends ten digits for each card held to it (protocols.md §5.2). */
import { createServer, type Socket } from 'node:net';
import { profileSchema, ReaderTwin, type TwinCard } from '../../../drivers/reader-serial/twin.ts';
import type { Clock } from '../../contract/clock.ts';

export interface ServedReader {
  readonly port: number;
  /** As long as a hand holds a card to it. */
  showFor(card: TwinCard): void;
  close(): void;
}

/** The profile that the site's YAML names; both sides must agree on the bytes. */
export const readerProfile = 's4a-ethernet';
const HELD_MS = 300;
const profile = profileSchema.parse({
  title: 'S4A Wiegand-Ethernet converter',
  source: 'profiles/s4a-ethernet.yaml',
  port: 'TCP',
  frame: { by: 'line', max: 16 },
  silence: 150,
  value: { as: 'decimal', digits: 10 },
  bits: 32,
  keypad: true,
});

export function serveReader(clock: Clock, lane: string): Promise<ServedReader> {
  const sockets = new Set<Socket>();
  const twin = new ReaderTwin({
    clock,
    profile,
    send: (bytes) => {
      for (const socket of sockets) socket.write(bytes);
    },
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        showFor(card) {
          twin.hold(card);
          clock.after(`demo.${lane}.card`, HELD_MS, () => twin.release());
        },
        close() {
          twin.release();
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      });
    });
  });
}
