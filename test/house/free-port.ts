import { createServer } from 'node:net';

/** Below the ports that the kernel gives to outgoing connections (32768 and up), one of which could take a port again at once. */
const lowest = 12_000;
const highest = 32_000;

/** A TCP port of loopback that nobody listens on, to be listened on by something that must be told its port. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Two test processes at the same time hardly ever draw one port.
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
