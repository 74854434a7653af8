/** The command line's side of the control socket. */
import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { JournalRecord } from '../core/io.ts';
import type { HeldClose } from './closing-requests.ts';
import { type ControlReply, type ControlRequest, controlPath } from './control-protocol.ts';
import type { Overheard } from './overhearing.ts';

/** No daemon listens on this state folder. */
export class NotRunning extends Error {}

const ANSWER_MS = 15_000;

/** An aborted `signal` ends the wait. @throws NotRunning, or an Error with the daemon's own words. */
export function ask(stateDir: string, request: ControlRequest, signal: AbortSignal | null = null): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlPath(stateDir));
    const giveUp = (): void => settle(() => reject(new Error('the daemon does not answer')));
    const limit = setTimeout(giveUp, ANSWER_MS);
    const settle = (act: () => void): void => {
      clearTimeout(limit);
      signal?.removeEventListener('abort', giveUp);
      socket.destroy();
      act();
    };
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted === true) giveUp();
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

/** A close held over one connection: its end lets go, also where nobody says so. */
export interface HeldCloseLink {
  /** Rejects when the connection ends, also while nothing was asked. @throws NotRunning */
  readonly lost: Promise<never>;
  say(): Promise<HeldClose>;
  letGo(): Promise<HeldClose>;
  close(): void;
}

/** @throws NotRunning */
export function openHeldClose(stateDir: string, lane: string, by: string): Promise<HeldCloseLink> {
  const { promise, resolve, reject } = Promise.withResolvers<HeldCloseLink>();
  const socket = connect(controlPath(stateDir));
  const waiting: { resolve(answer: HeldClose): void; reject(error: Error): void }[] = [];
  const lost = Promise.withResolvers<never>();
  // Whoever does not wait for it is told by what he asks.
  lost.promise.catch(() => undefined);
  const end = (why: string): void => {
    const error = new NotRunning(why);
    reject(error);
    lost.reject(error);
    for (const one of waiting.splice(0)) one.reject(error);
  };
  socket.on('error', (error) => end(error.message));
  socket.on('close', () => end('the daemon closed the connection'));
  linesOf(socket).on('line', (line) => {
    const reply: ControlReply = JSON.parse(line);
    const next = waiting.shift();
    if (reply.ok) next?.resolve(reply.result as HeldClose);
    else next?.reject(Object.assign(new Error(reply.why), { code: reply.code }));
  });
  const send = (method: 'holdClose' | 'letGoClose'): Promise<HeldClose> => {
    const asked = Promise.withResolvers<HeldClose>();
    waiting.push(asked);
    socket.write(`${JSON.stringify({ method, lane, by } satisfies ControlRequest)}\n`);
    return asked.promise;
  };
  const link: HeldCloseLink = {
    lost: lost.promise,
    say: () => send('holdClose'),
    letGo: () => send('letGoClose'),
    close: () => void socket.destroy(),
  };
  socket.once('connect', () => resolve(link));
  return promise;
}

/** A reader whose refusals are wanted beside the records. */
export interface Overhear {
  readonly device: string;
  take(told: Overheard): void;
}

/** Calls `take` for each record as it is made, until `signal` aborts or the daemon ends; `ready` once none is missed any more. */
export function followRecords(
  stateDir: string,
  take: (record: JournalRecord) => void,
  signal: AbortSignal,
  ready: () => void = () => {},
  overhear: Overhear | null = null,
): Promise<void> {
  const requests: ControlRequest[] = [{ method: 'follow' }];
  if (overhear !== null) requests.push({ method: 'overhear', device: overhear.device });
  return new Promise((resolve, reject) => {
    const socket = connect(controlPath(stateDir));
    let unanswered = requests.length;
    socket.on('error', (error) => reject(new NotRunning(error.message)));
    socket.on('close', () => resolve());
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    linesOf(socket).on('line', (line) => {
      const message: { readonly record?: JournalRecord; readonly overheard?: Overheard } = JSON.parse(line);
      if (message.record !== undefined) take(message.record);
      else if (message.overheard !== undefined) overhear?.take(message.overheard);
      else {
        unanswered -= 1;
        if (unanswered === 0) ready();
      }
    });
    socket.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  });
}

/** Readline hands the socket's errors on as its own; they are dealt with on the socket. */
function linesOf(socket: Socket): Interface {
  return createInterface({ input: socket }).on('error', () => undefined);
}
