/** One TCP connection: a new socket each time, keep-alive on, and lost as soon as either side ends it. */
import { connect } from 'node:net';
import type { Link, LinkEvents, OpenLink } from './link.ts';

export interface TcpSettings {
  readonly host: string;
  readonly port: number;
}

/** More than this unsent means that nobody takes our bytes any longer. */
const stuckBytes = 4096;

export function openTcp(settings: TcpSettings): OpenLink {
  return (events: LinkEvents): Link => {
    let over = false;
    const socket = connect({
      host: settings.host,
      port: settings.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 5000,
    });
    const lose = (why: string): void => {
      if (over) return;
      over = true;
      socket.destroy();
      events.lost(`${settings.host}:${settings.port}: ${why}`);
    };
    socket.on('connect', () => {
      if (!over) events.opened();
    });
    socket.on('data', (chunk: Buffer) => {
      if (!over) events.bytes(chunk);
    });
    // A name with several addresses fails as an AggregateError, which has a code and no sentence.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      lose(error.message === '' ? (error.code ?? error.name) : error.message),
    );
    socket.on('end', () => lose('closed by the other side'));
    socket.on('close', () => lose('connection closed'));
    return {
      write(bytes) {
        if (over || socket.readyState !== 'open' || socket.writableLength > stuckBytes) return false;
        socket.write(bytes);
        return true;
      },
      close() {
        over = true;
        socket.destroy();
      },
    };
  };
}
