/** The command line's side of the control socket. */
import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { JournalRecord } from '../core/io.ts';
import { type ControlReply, type ControlRequest, controlPath } from './control-protocol.ts';

/** No daemon listens on this state folder. */
export class NotRunning extends Error {}

const ANSWER_MS = 15_000;

/** @throws NotRunning, or an Error with the daemon's own words. */
export function ask(stateDir: string, request: ControlRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlPath(stateDir));
    const limit = setTimeout(() => {
      socket.destroy();
      reject(new Error('the daemon does not answer'));
    }, ANSWER_MS);
    const settle = (act: () => void): void => {
      clearTimeout(limit);
      socket.destroy();
      act();
    };
    socket.on('error', (error) => settle(() => reject(new NotRunning(error.message))));
    linesOf(socket).on('line', (line) => {
      const reply: ControlReply = JSON.parse(line);
      settle(() =>
        reply.ok ? resolve(reply.result) : reject(Object.assign(new Error(reply.why), { code: reply.code })),
      );
    });
    socket.on('close', () => settle(() => reject(new NotRunning('the daemon closed the connection'))));
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** Calls `take` for each record as it is made, until `signal` aborts or the daemon ends; `ready` once none is missed any more. */
export function followRecords(
  stateDir: string,
  take: (record: JournalRecord) => void,
  signal: AbortSignal,
  ready: () => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlPath(stateDir));
    let following = false;
    socket.on('error', (error) => reject(new NotRunning(error.message)));
    socket.on('close', () => resolve());
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    linesOf(socket).on('line', (line) => {
      const message: { readonly record?: JournalRecord } = JSON.parse(line);
      if (following && message.record !== undefined) take(message.record);
      if (!following) ready();
      following = true;
    });
    socket.write(`${JSON.stringify({ method: 'follow' } satisfies ControlRequest)}\n`);
  });
}

/** Readline hands the socket's errors on as its own; they are dealt with on the socket. */
function linesOf(socket: Socket): Interface {
  return createInterface({ input: socket }).on('error', () => undefined);
}
