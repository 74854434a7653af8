/** Entry of the camera host's process; started by `CameraHost` with a memory cap, never by hand. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyDriver } from '../contract/driver.ts';
import type { CodeOwner } from '../field/camera-device.ts';
import { CameraHostChild } from '../field/camera-host-child.ts';
import type { FromHost, ToHost } from '../field/camera-messages.ts';
import { systemClock } from './clock.ts';
import { keepCompiledCode } from './compiled-code.ts';

/** Whose code runs: it follows the timers, sockets and promises that a driver set going. */
const running = new AsyncLocalStorage<CodeOwner>();

const host = new CameraHostChild({
  clock: systemClock(),
  send(message: FromHost) {
    if (message.kind === 'configured') keepCompiledCode();
    // The callback takes the error of a parent that is gone; `disconnect` below ends us then.
    process.send?.(message, undefined, {}, () => undefined);
  },
  async load(module) {
    const loaded: { readonly default?: AnyDriver } = await import(module);
    if (loaded.default === undefined) throw new TypeError('the driver has no default export');
    return loaded.default;
  },
  exit: () => process.exit(0),
  within: (owner, action) => running.run(owner, action),
});

process.on('message', (message: ToHost) => host.take(message));
// An orphan would hold the receiver's port against its successor.
process.on('disconnect', () => process.exit(0));
// Stopping is the parent's to order; a terminal's Ctrl-C reaches both processes at once.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// Rejections that nobody takes come here too. A driver's own defect is its device's; any other ends the host, and the
// parent learns where, starts it again, and backs off if it goes on.
process.on('uncaughtException', (error) => {
  const owner = running.getStore();
  if (owner !== undefined) return owner.failed(error);
  const facts = { error: error.name, stack: error.stack?.split('\n').slice(1, 6).join(' ') ?? '' };
  process.send?.({ kind: 'log', level: 'warn', device: 'cameraHost', message: 'uncaught', facts }, () =>
    process.exit(1),
  );
});
host.start();
