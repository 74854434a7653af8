/** The daemon's side of the control socket. Bad requests get an error, never an exception; followers that do not read are dropped. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type ControlReply, type ControlRequest, controlPath, controlRequest, lineMax } from './control-protocol.ts';
import { isTooLate, whyNoDrill } from '../core/emergency/drill.ts';
import { previewDrill } from '../core/emergency/drill-preview.ts';
import { orderKey, whyNotOrdered } from '../core/emergency/order.ts';
import { bypass, endBypass, holdClose, letGoClose } from './closing-requests.ts';
import { openingId } from '../core/owed-reasons.ts';
import { endClaim, orderClaim } from './ordered-claims.ts';
import type { Gateway } from './gateway.ts';
import { DirectionNeeded, liveObservation, NoSuchLane, rehearse } from './rehearsal.ts';
import { statusView } from './views.ts';

const CLIENTS_MAX = 16;
/** A follower with more than this unread is too slow: the journal keeps everything, it can ask again. */
const UNREAD_MAX = 4 * 1024 * 1024;

export interface ControlServer {
  close(): Promise<void>;
}

export async function serveControl(gateway: Gateway, startedAt: number): Promise<ControlServer> {
  const path = controlPath(gateway.options.stateDir);
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= CLIENTS_MAX) {
      const full: ControlReply = { ok: false, code: 'failed', why: `${CLIENTS_MAX} clients are served already` };
      // Gone before its request is read, which is no failure of ours.
      socket.on('error', () => socket.destroy());
      socket.end(`${JSON.stringify(full)}\n`, () => socket.destroySoon());
      gateway.options.log.warn('a control client found no room', { most: CLIENTS_MAX });
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    attend(gateway, startedAt, socket);
  });
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
      return promise;
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
}

function attend(gateway: Gateway, startedAt: number, socket: Socket): void {
  let seen = 0;
  socket.on('data', (bytes) => {
    seen += bytes.length;
    if (seen > lineMax) socket.destroy();
  });
  const lines = createInterface({ input: socket });
  // The socket's errors come here as well; they end the client and nothing else.
  lines.on('error', () => socket.destroy());
  lines.on('line', (line) => {
    seen = 0;
    void answer(gateway, startedAt, socket, line).then((reply) => {
      if (reply !== null) socket.write(`${JSON.stringify(reply)}\n`);
    });
  });
}

async function answer(gateway: Gateway, startedAt: number, socket: Socket, line: string): Promise<ControlReply | null> {
  let request: ControlRequest;
  try {
    request = controlRequest.parse(JSON.parse(line));
  } catch (error) {
    return { ok: false, code: 'badRequest', why: error instanceof Error ? error.message : String(error) };
  }
  try {
    return await perform(gateway, startedAt, socket, request);
  } catch (error) {
    if (error instanceof NoSuchLane) return { ok: false, code: 'noSuchLane', why: error.message };
    if (error instanceof DirectionNeeded) return { ok: false, code: 'directionNeeded', why: error.message };
    return { ok: false, code: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

async function perform(
  gateway: Gateway,
  startedAt: number,
  socket: Socket,
  request: ControlRequest,
): Promise<ControlReply | null> {
  switch (request.method) {
    case 'status':
      return { ok: true, result: statusView(gateway, startedAt) };
    case 'follow':
      follow(gateway, socket);
      return { ok: true, result: 'following' };
    case 'overhear':
      overhear(gateway, socket, request.device);
      return { ok: true, result: 'overhearing' };
    case 'reload': {
      const { load, running } = await gateway.reload();
      return { ok: true, result: { hash: running.hash, problems: load.problems.length, sections: running.sections } };
    }
    case 'refreshLists':
      return {
        ok: true,
        result: { changed: gateway.store?.refreshLists() ?? false, list: gateway.store?.lists.inForce ?? null },
      };
    case 'simulate':
      return { ok: true, result: await simulate(gateway, request) };
    case 'acknowledge':
      return { ok: true, result: acknowledge(gateway, request) };
    case 'holdClose':
      return { ok: true, result: holdClose(gateway, socket, request) };
    case 'letGoClose':
      return { ok: true, result: letGoClose(gateway, socket, request) };
    case 'bypass':
      return { ok: true, result: bypass(gateway, request) };
    case 'endBypass':
      return { ok: true, result: endBypass(gateway, request) };
    case 'emergency': {
      const { reach, by, reason } = request;
      gateway.loop.request({ kind: 'emergency', reach, by: { via: 'cli', name: by }, reason });
      const code = whyNotOrdered(gateway.loop.site.model, reach);
      return code === null ? { ok: true, result: { key: orderKey(reach) } } : { ok: false, code, why: '' };
    }
    case 'previewDrill': {
      const code = whyNotOrdered(gateway.loop.site.model, request.reach);
      if (code !== null) return { ok: false, code, why: '' };
      return { ok: true, result: previewDrill(gateway.loop.site, request.reach) };
    }
    case 'drill': {
      const { reach, note } = request;
      const by = { via: 'cli', name: request.by };
      const code = whyNoDrill(gateway.loop.site, { by, reach });
      // Also where it is refused: that somebody tried stands in the journal.
      gateway.loop.request({ kind: 'drill', reach, by, note });
      if (code !== null) return { ok: false, code, why: '' };
      return { ok: true, result: { key: gateway.loop.site.drill?.key ?? null } };
    }
    case 'recordDrill': {
      const { lane, ms, result, note } = request;
      if (gateway.loop.site.lanes[lane] === undefined) throw new NoSuchLane(lane);
      const by = { via: 'cli', name: request.by };
      // Also where it is refused: that somebody tried stands in the journal.
      gateway.loop.request({ kind: 'recordDrill', case: request.case, lane, by, ms, result, note });
      if (isTooLate({ result, ms })) return { ok: false, code: 'failed', why: 'later than 30 s is not passed' };
      return { ok: true, result: 'recorded' };
    }
    case 'open':
      return { ok: true, result: open(gateway, request) };
    case 'giveReason': {
      const { opening, by, reason } = request;
      gateway.loop.request({ kind: 'giveReason', opening, by: { via: 'cli', name: by }, reason });
      return { ok: true, result: gateway.loop.site.owedReasons.map(({ id }) => id) };
    }
    case 'claim':
      return { ok: true, result: orderClaim(gateway.loop, request) };
    case 'endClaim':
      return { ok: true, result: endClaim(gateway.loop, request) };
    case 'release':
      gateway.loop.request({
        kind: 'releaseClaim',
        lane: request.lane,
        key: request.key,
        by: { via: 'cli', name: request.by },
      });
      return { ok: true, result: claimsLeft(gateway, request.lane) };
  }
}

/** The to-do of this opening, if it leaves one. */
function open(
  { loop }: Gateway,
  { lane, by, reason }: Extract<ControlRequest, { method: 'open' }>,
): { readonly todo: string | null } {
  if (loop.site.lanes[lane] === undefined) throw new NoSuchLane(lane);
  loop.request({ kind: 'guardOpen', lane, by: { via: 'cli', name: by }, ...(reason === null ? {} : { reason }) });
  const opening = loop.site.lanes[lane]?.grants.find(({ source }) => source === 'guard');
  const id = opening === undefined ? null : openingId(loop.site, opening.cause);
  return { todo: loop.site.owedReasons.some((owed) => owed.id === id) ? id : null };
}

/** Keys of the lane's claims, and of the causes of emergency wherever they stand. */
function claimsLeft(gateway: Gateway, lane: string): readonly string[] {
  const { lanes, emergencies } = gateway.loop.site;
  return [...new Set([...(lanes[lane]?.claims ?? []), ...emergencies].map(({ key }) => key))];
}

/** The lane's faults that are left. */
function acknowledge(gateway: Gateway, request: Extract<ControlRequest, { method: 'acknowledge' }>): readonly string[] {
  const { lane, fault, by, reason } = request;
  gateway.loop.request({ kind: 'acknowledgeFault', lane, fault, by: { via: 'cli', name: by }, reason });
  const { faults, lanes } = gateway.loop.site;
  if (lanes[lane] === undefined) throw new NoSuchLane(lane);
  return Object.values(faults).flatMap((standing) => (standing.subject === lane ? [standing.code] : []));
}

async function simulate(gateway: Gateway, request: Extract<ControlRequest, { method: 'simulate' }>): Promise<unknown> {
  const now = gateway.loop.now();
  if (request.actuate) {
    const observation = liveObservation(gateway.loop.site, request, now.mono);
    const from = gateway.loop.site.nextRef;
    const receipt = await gateway.loop.observe(observation);
    return { actuated: true, receipt, boot: gateway.boot, fromRef: from };
  }
  const lists = gateway.store?.lists;
  if (lists === undefined) throw new Error('the store is not open yet');
  const at = request.at === null ? now : { ...now, wall: request.at, wallTrusted: true };
  return { actuated: false, ...rehearse(gateway.loop.site, request, lists, at) };
}

function follow(gateway: Gateway, socket: Socket): void {
  socket.on('close', gateway.follow(tell(socket, 'record')));
}

/** One reader for each client: who names another hears that one instead. */
const overheard = new WeakMap<Socket, () => void>();

function overhear(gateway: Gateway, socket: Socket, device: string): void {
  const end = (): void => overheard.get(socket)?.();
  if (overheard.has(socket)) end();
  else socket.on('close', end);
  overheard.set(socket, gateway.overhear(device, tell(socket, 'overheard')));
}

function tell(socket: Socket, name: 'record' | 'overheard'): (what: unknown) => void {
  return (what) => {
    if (socket.writableLength > UNREAD_MAX) socket.destroy();
    else socket.write(`${JSON.stringify({ [name]: what })}\n`);
  };
}
