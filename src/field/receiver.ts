/**
 * The socket to which cameras push. It is open before they start and outlives reloads: routes are replaced under it. A
 * camera is known by its secret path and its source address and, where configured, Digest; all before a byte of its body
 * is read. Everything a stranger can make grow has a limit (I15).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../contract/clock.ts';
import type { HttpAnswer, HttpDelivery } from '../contract/driver.ts';
import { type Credentials, DigestServer } from '../wire/digest.ts';
import { hashOf } from '../wire/secret.ts';
import { CameraConditions, type ReportProblem } from './camera-conditions.ts';
import { BodyBudget, readBody } from './receiver-body.ts';

export interface PushRoute {
  readonly device: string;
  readonly secret: string;
  readonly addresses: readonly string[];
  readonly digest: Credentials | null;
  take(delivery: HttpDelivery): Promise<HttpAnswer>;
}

export interface ReceiverLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxBodyBytes: number;
  /** Bodies being read at once, together; a full budget is answered 503. */
  readonly maxBufferedBytes: number;
  /** Deliveries read but not yet answered. */
  readonly maxInFlight: number;
  readonly maxInFlightPerDevice: number;
  readonly headersWithinMs: number;
  readonly bodyWithinMs: number;
  readonly answerWithinMs: number;
  /** Longer than any camera's silence, so that a quiet lane's first car needs no new connection. */
  readonly keepAliveMs: number;
}

export const receiverLimits: ReceiverLimits = {
  maxConnections: 256,
  maxConnectionsPerAddress: 32,
  maxBodyBytes: 6 << 20,
  maxBufferedBytes: 48 << 20,
  maxInFlight: 256,
  maxInFlightPerDevice: 64,
  headersWithinMs: 10_000,
  bodyWithinMs: 15_000,
  answerWithinMs: 20_000,
  keepAliveMs: 600_000,
};

interface Known {
  readonly route: PushRoute;
  readonly digest: DigestServer | null;
  inFlight: number;
}

const minute = 60_000;
const tooBusy: HttpAnswer = { status: 503 };

export class Receiver {
  readonly #clock: Clock;
  readonly #limits: ReceiverLimits;
  readonly #conditions: CameraConditions;
  readonly #budget: BodyBudget;
  /** By hash of the secret, so that a look-up's time tells nothing of it. */
  #routes = new Map<string, Known>();
  #server: Server | null = null;
  /** Oldest first. */
  readonly #sockets = new Set<Socket>();
  #inFlight = 0;
  #deliveries = 0;

  constructor(clock: Clock, report: ReportProblem, limits: ReceiverLimits = receiverLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#conditions = new CameraConditions(clock, report);
    this.#budget = new BodyBudget(limits.maxBufferedBytes);
  }

  /** Where it listens now; `null` while it does not. */
  get address(): AddressInfo | null {
    const address = this.#server?.address() ?? null;
    return typeof address === 'string' ? null : address;
  }

  /** Replaces all routes at once. A device that stays keeps its Digest counters and connections. */
  setRoutes(routes: readonly PushRoute[]): void {
    const next = new Map<string, Known>();
    for (const route of routes) {
      const key = hashOf(route.secret);
      const old = this.#routes.get(key);
      const same = old !== undefined && sameCredentials(old.route.digest, route.digest);
      const digest = route.digest === null ? null : newDigest(route.digest);
      next.set(key, { route, digest: same ? old.digest : digest, inFlight: 0 });
    }
    this.#routes = next;
  }

  /** Rejects with the system's error when the address cannot be had (in use, or not there yet). */
  listen(bind: string, port: number): Promise<void> {
    const limits = this.#limits;
    const server = createServer({
      headersTimeout: limits.headersWithinMs,
      requestTimeout: limits.headersWithinMs + limits.bodyWithinMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 16_384,
      keepAlive: true,
    });
    server.maxConnections = limits.maxConnections;
    server.on('connection', (socket) => this.#admit(socket));
    server.on('drop', () => this.#crowded('connections'));
    server.on('request', (request, response) => void this.#serve(request, response));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      socket.destroy();
      if (error.code === 'HPE_HEADER_OVERFLOW')
        this.#conditions.happened('pushUnreadable', 'receiver', 'header', minute);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: bind, port }, () => {
        server.off('error', reject);
        server.on('error', () => this.#crowded('server'));
        this.#server = server;
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#conditions.close();
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** A camera that reconnects for ever pushes out its own oldest connection, never another's. */
  #admit(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    const from = socket.remoteAddress;
    const same = [...this.#sockets].filter((each) => each.remoteAddress === from);
    if (same.length >= this.#limits.maxConnectionsPerAddress) {
      same[0]?.destroy();
      this.#conditions.happened('receiverCrowded', 'connections', plainAddress(from), minute);
    }
    this.#sockets.add(socket);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    const from = plainAddress(request.socket.remoteAddress);
    const found = /^\/c\/([^/?]{1,200})(.*)$/s.exec(request.url ?? '');
    const known = this.#routes.get(hashOf(found?.[1] ?? ''));
    if (known === undefined || found === null) return refuse(response, 404);
    const device = known.route.device;
    if (!known.route.addresses.includes(from)) {
      this.#conditions.happened('pushFromStranger', device, from, 10 * minute);
      return refuse(response, 403);
    }
    if (known.digest !== null && !this.#proved(known.digest, device, request, response)) return;
    if (this.#inFlight >= this.#limits.maxInFlight || known.inFlight >= this.#limits.maxInFlightPerDevice) {
      this.#crowded(device);
      return answer(response, tooBusy);
    }
    this.#inFlight += 1;
    known.inFlight += 1;
    try {
      answer(response, await this.#deliver(known.route, request, found[2] ?? '', from, response));
    } finally {
      this.#inFlight -= 1;
      known.inFlight -= 1;
    }
  }

  #proved(digest: DigestServer, device: string, request: IncomingMessage, response: ServerResponse): boolean {
    const now = this.#clock.mono();
    const verdict = digest.verify(request.headers.authorization, request.method ?? '', request.url ?? '', now);
    if (verdict === 'granted') return true;
    if (verdict === 'refused') this.#conditions.happened('pushUnauthorised', device, '', 10 * minute);
    response.setHeader('WWW-Authenticate', [...digest.challenges(now, verdict === 'stale')]);
    // The unread body is drained by the server up to its request timeout, so that the camera may try again on the connection.
    request.resume();
    response.writeHead(401, { 'Content-Length': 0 }).end();
    return false;
  }

  async #deliver(
    route: PushRoute,
    request: IncomingMessage,
    path: string,
    remoteAddress: string,
    response: ServerResponse,
  ): Promise<HttpAnswer> {
    this.#deliveries += 1;
    const name = `receiver.${this.#deliveries}`;
    const limits = this.#limits;
    const read = await readBody(request, this.#clock, name, limits.maxBodyBytes, limits.bodyWithinMs, this.#budget);
    if (read.kind !== 'read') {
      response.shouldKeepAlive = false;
      if (read.kind === 'noRoom') this.#crowded(route.device);
      else this.#conditions.happened('pushUnreadable', route.device, read.kind, minute);
      return { status: read.kind === 'tooLarge' ? 413 : read.kind === 'overdue' ? 408 : 503 };
    }
    const headers: Record<string, string> = {};
    for (const [key, value] of Object.entries(request.headers)) {
      if (value !== undefined && key !== 'authorization')
        headers[key] = Array.isArray(value) ? value.join(', ') : value;
    }
    const receivedAt = this.#clock.mono();
    const method = request.method ?? '';
    try {
      return await this.#inTime(
        name,
        route.device,
        route.take({ method, path, headers, remoteAddress, receivedAt, body: read.body }),
      );
    } catch {
      this.#conditions.happened('pushUnreadable', route.device, 'driver', minute);
      return { status: 500 };
    } finally {
      this.#budget.giveBack(read.body.length);
    }
  }

  #inTime(name: string, device: string, taken: Promise<HttpAnswer>): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(`${name}.answer`, this.#limits.answerWithinMs, () => {
        this.#crowded(device);
        resolve(tooBusy);
      });
      taken.then(resolve, reject).finally(cancel);
    });
  }

  #crowded(subject: string): void {
    this.#conditions.happened('receiverCrowded', subject, '', minute);
  }
}

function newDigest(credentials: Credentials): DigestServer {
  return new DigestServer({ realm: 'gatehouse', credentials, nonceForMs: 10 * minute });
}

function sameCredentials(left: Credentials | null, right: Credentials | null): boolean {
  return left?.user === right?.user && left?.password === right?.password;
}

/** `::ffff:192.0.2.1` and `192.0.2.1` are one camera. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
}

/** Nothing is told to a stranger, and nothing more is read from him. */
function refuse(response: ServerResponse, status: number): void {
  response.shouldKeepAlive = false;
  response.writeHead(status, { 'Content-Length': 0 }).end(() => response.req.socket.destroySoon());
}

function answer(response: ServerResponse, given: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = given.body ?? '';
  const type = given.contentType ?? 'text/plain; charset=utf-8';
  const headers: Record<string, string | number> = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) };
  const closes = !response.shouldKeepAlive && !response.req.complete;
  response.writeHead(given.status, headers).end(body, () => {
    if (closes) response.req.socket.destroySoon();
  });
}
