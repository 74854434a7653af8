/**
 * A simulated ONVIF camera, on the byte side: PullPoint events behind WS-UsernameToken or Digest, really verified, and every
 * fault of pitfalls.md "onvif" on demand. Whoever owns sockets carries the bytes; the twin opens none.
 */
import type { Clock } from '../../src/contract/clock.ts';
import type { Mono, Wall } from '../../src/core/values.ts';
import { type Credentials, DigestServer } from '../../src/wire/digest.ts';
import { TokenVerifier } from '../../src/wire/wsse.ts';
import { childText, descendant, parseXml, type XmlElement } from '../../src/wire/xml.ts';
import { serveHttp, type TwinConnection, type TwinReply, type TwinRequest } from './twin-http.ts';
import * as soap from './twin-soap.ts';

export type { TwinConnection, TwinReply, TwinRequest } from './twin-http.ts';
export type { TwinMaker, TwinVehicle } from './twin-soap.ts';

/**
 * What becomes of an answer. fault: a SOAP fault · unauthorised: 401 · silence: none · cut: ends in the middle · drip: a
 * byte a second · endless: never ends · huge: 3 MB of events · doctype: an entity bomb · deep: 20,000 levels · garbage ·
 * instant: an empty answer without waiting · forbidden: 403 · failing: a plate under status 500.
 */
export type TwinTrouble =
  | 'fault'
  | 'unauthorised'
  | 'silence'
  | 'cut'
  | 'drip'
  | 'endless'
  | 'huge'
  | 'doctype'
  | 'deep'
  | 'garbage'
  | 'instant'
  | 'forbidden'
  | 'failing';

export interface TwinOptions {
  readonly clock: Clock;
  readonly user: string;
  readonly password: string;
  readonly auth?: 'wsse' | 'digest';
  readonly maker?: soap.TwinMaker;
  /** By how much `Created` may differ from the camera's clock. */
  readonly windowMs?: number;
  /** A subscription ends after this much without a renewal. */
  readonly lifeMs?: number;
  /** What it calls itself in addresses; behind NAT not what it is reached by. */
  readonly origin?: string;
  readonly takesFilter?: boolean;
  /** Refuses Renew; a pull keeps the subscription alive instead. */
  readonly renewsByPull?: boolean;
  /** One subscriber only, as on some Dahua. */
  readonly single?: boolean;
  /** Messages handed out at each pull, whatever is asked for. */
  readonly perPull?: number;
  /** Calls an ended nonce what it is; many cameras do not. */
  readonly saysStale?: boolean;
  /** How it answers a token that it does not take; default: as the specification says. */
  readonly refusal?: { readonly status: number; readonly body: string };
  /** Says in each pull a time that lies by this much off its clock. */
  readonly currentTimeOffMs?: number;
  /** Its clock is 7 s further on whenever it is asked for. */
  readonly clockJumps?: boolean;
  /** Lacks GetServices and refuses it with a fault that tells nothing. */
  readonly lacksServices?: boolean;
}

interface Subscription {
  readonly id: string;
  readonly queue: string[];
  until: Mono;
  /** The pull that is held back. */
  waiting: ((messages: readonly string[]) => void) | null;
}

const queueMost = 200;
/** Smallest thing that begins and ends as a JPEG does. */
export const twinPicture: Uint8Array = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0x4a, 0x46, 0xff, 0xd9);

export class OnvifTwin {
  readonly #options: TwinOptions;
  #tokens: TokenVerifier;
  #digest: DigestServer;
  readonly #connections = new Set<TwinConnection>();
  readonly #subscriptions = new Map<string, Subscription>();
  #serial = 0;
  #last: soap.TwinVehicle | null = null;
  /** What the camera's clock is ahead of the true time. */
  clockAheadMs = 0;
  /** Applies to answers of one operation, or of every one. */
  trouble: {
    readonly kind: TwinTrouble;
    readonly on: 'PullMessages' | 'Renew' | 'GetProfiles' | 'GetSnapshotUri' | 'all';
  } | null = null;
  picture: Uint8Array = twinPicture;
  #pictures: DigestServer | null = null;
  /** Calls by operation, refused ones included. */
  readonly calls = new Map<string, number>();
  /** Passwords that were wrong, tokens out of the window or used twice: what locks an account. */
  readonly refusals = { refused: 0, outdated: 0, replayed: 0 };
  /** What was left of the subscription's life at each renewal, in milliseconds. */
  readonly renewedAt: number[] = [];
  parallelPulls = 0;
  pictures = 0;

  constructor(options: TwinOptions) {
    this.#options = options;
    const credentials = { user: options.user, password: options.password };
    this.#tokens = new TokenVerifier({ credentials, windowMs: options.windowMs ?? 5000 });
    this.#digest = new DigestServer({ realm: 'ONVIF', credentials, nonceForMs: 300_000 });
  }

  /** Many cameras keep the accounts of their web page apart from those of ONVIF. */
  set pictureAccount(credentials: Credentials) {
    this.#pictures = new DigestServer({ realm: 'Web', credentials, nonceForMs: 300_000 });
  }

  /** Of the account for events by tokens. */
  changePassword(password: string): void {
    const credentials = { user: this.#options.user, password };
    this.#tokens = new TokenVerifier({ credentials, windowMs: this.#options.windowMs ?? 5000 });
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  count(operation: string): number {
    return this.calls.get(operation) ?? 0;
  }

  /** The camera's own clock. */
  wall(): Wall {
    return this.#options.clock.wall() + this.clockAheadMs;
  }

  /** Tells every subscription; a pull that waits is answered at once. */
  passVehicle(vehicle: soap.TwinVehicle): void {
    this.#last = vehicle;
    const message = soap.notification(vehicle, this.#options.maker ?? 'hikvision', this.wall());
    for (const each of this.#subscriptions.values()) {
      if (each.queue.length < queueMost) each.queue.push(message);
      this.#deliver(each);
    }
  }

  /** Every subscription, nonce and connection is gone, without a word. */
  restart(): void {
    this.#subscriptions.clear();
    const { user, password } = this.#options;
    this.#digest = new DigestServer({ realm: 'ONVIF', credentials: { user, password }, nonceForMs: 300_000 });
    for (const each of [...this.#connections]) each.close();
  }

  /** A client connected; give what it sends to `receive`, and call `closed` at its end. */
  accept(connection: TwinConnection): { receive(bytes: Uint8Array): void; closed(): void } {
    this.#connections.add(connection);
    const served = serveHttp(this.#options.clock, connection, (request, reply) => this.request(request, reply));
    return {
      receive: (bytes) => served.receive(bytes),
      closed: () => {
        this.#connections.delete(connection);
        served.closed();
      },
    };
  }

  /** `reply` is called at most once: now, later, or never. Gives what to call when the client is gone. */
  request(request: TwinRequest, reply: (answer: TwinReply) => void): () => void {
    if (request.method === 'GET') {
      reply(this.#picture(request));
      return () => undefined;
    }
    const parsed = parseXml(Buffer.from(request.body, 'utf8'));
    const body = parsed.ok ? descendant(parsed.root, 'Body') : null;
    const operation = body?.children[0];
    if (!parsed.ok || operation === undefined) {
      reply(answer(400, soap.soapFault('env:Sender', 'ter:WellFormed', 'Well-formed error')));
      return () => undefined;
    }
    this.calls.set(operation.name, this.count(operation.name) + 1);
    const { trouble } = this;
    if (trouble !== null && (trouble.on === 'all' || trouble.on === operation.name)) {
      const troubled = troubledReply(trouble.kind);
      if (troubled !== null) reply(troubled);
      return () => undefined;
    }
    const refused = operation.name === 'GetSystemDateAndTime' ? null : this.#refusal(request, parsed.root);
    if (refused !== null) {
      reply(refused);
      return () => undefined;
    }
    return this.#perform(operation, request, reply);
  }

  #refusal(request: TwinRequest, root: XmlElement): TwinReply | null {
    const now = this.#options.clock.mono();
    if (this.#options.auth === 'digest') return this.#digestRefusal(request, this.#digest);
    const verdict = this.#tokens.verify(root, this.wall());
    this.#expire(now);
    if (verdict === 'granted') return null;
    if (verdict !== 'absent') this.refusals[verdict] += 1;
    // The specification's way; Hikvision answers 400 too.
    const { refusal } = this.#options;
    if (refusal !== undefined) return answer(refusal.status, refusal.body);
    return answer(400, soap.soapFault('env:Sender', 'ter:NotAuthorized', 'Sender not authorized'));
  }

  #digestRefusal({ method, path, headers }: TwinRequest, digest: DigestServer): TwinReply | null {
    const now = this.#options.clock.mono();
    const verdict = digest.verify(headers.authorization, method, path, now);
    if (verdict === 'granted') return null;
    if (verdict === 'refused') this.refusals.refused += 1;
    const challenges = digest.challenges(now, verdict === 'stale' && this.#options.saysStale !== false).join(', ');
    return { status: 401, headers: { 'WWW-Authenticate': challenges }, body: Buffer.alloc(0), how: 'whole' };
  }

  #picture(request: TwinRequest): TwinReply {
    const refused = this.#digestRefusal(request, this.#pictures ?? this.#digest);
    if (refused !== null) return refused;
    this.pictures += 1;
    return { status: 200, headers: { 'Content-Type': 'image/jpeg' }, body: this.picture, how: 'whole' };
  }

  #perform(operation: XmlElement, request: TwinRequest, reply: (answer: TwinReply) => void): () => void {
    const origin = this.#options.origin ?? `http://${request.headers.host ?? 'camera'}`;
    const say = (body: string): (() => void) => {
      reply(answer(200, body));
      return () => undefined;
    };
    switch (operation.name) {
      case 'GetSystemDateAndTime':
        if (this.#options.clockJumps === true) this.clockAheadMs += 7000;
        return say(soap.dateAndTime(this.wall()));
      case 'GetServices':
        if (this.#options.lacksServices === true) {
          reply(answer(500, soap.soapFault('env:Receiver', 'ter:Action', 'Action failed')));
          return () => undefined;
        }
        return say(soap.services(origin));
      case 'GetCapabilities':
        return say(soap.capabilities(origin));
      case 'GetProfiles':
        return say(soap.profiles());
      case 'GetSnapshotUri':
        return say(soap.snapshotUri(`${origin}/onvif/snapshot?channel=1&subtype=0`));
      case 'CreatePullPointSubscription':
        return this.#subscribe(operation, origin, reply);
    }
    this.#expire(this.#options.clock.mono());
    const subscription = this.#subscriptions.get(request.path);
    if (subscription === undefined) {
      reply(answer(400, soap.soapFault('env:Sender', 'ter:InvalidArgVal', 'No such subscription')));
      return () => undefined;
    }
    if (this.#options.renewsByPull === true) {
      subscription.until = this.#options.clock.mono() + this.#lifeMs();
      if (operation.name === 'Renew') {
        reply(answer(500, soap.soapFault('env:Receiver', 'ter:ActionNotSupported', 'Not implemented')));
        return () => undefined;
      }
    }
    switch (operation.name) {
      case 'PullMessages':
        return this.#pull(subscription, operation, reply);
      case 'Renew':
        this.renewedAt.push(subscription.until - this.#options.clock.mono());
        subscription.until = this.#options.clock.mono() + this.#lifeMs();
        return say(soap.renewed(this.wall(), this.wall() + this.#lifeMs()));
      case 'Unsubscribe':
        this.#subscriptions.delete(subscription.id);
        return say(soap.unsubscribed());
    }
    reply(answer(400, soap.soapFault('env:Receiver', 'ter:ActionNotSupported', 'Optional Action Not Implemented')));
    return () => undefined;
  }

  #subscribe(operation: XmlElement, origin: string, reply: (answer: TwinReply) => void): () => void {
    const { clock, takesFilter, single, maker } = this.#options;
    this.#expire(clock.mono());
    const filtered = descendant(operation, 'TopicExpression') !== null;
    if (filtered && takesFilter === false) {
      reply(answer(500, soap.soapFault('env:Sender', 'wsnt:InvalidFilterFault', 'Invalid filter')));
      return () => undefined;
    }
    if (single === true && this.#subscriptions.size > 0) {
      reply(answer(500, soap.soapFault('env:Receiver', 'ter:MaxPullPoints', 'Too many pull points')));
      return () => undefined;
    }
    this.#serial += 1;
    // The ampersand is what some cameras have there, and what naive clients put into XML as it is.
    const id = `/onvif/Events/Pull?Idx=${this.#serial}&gen=1`;
    const queue: string[] = [];
    if (this.#last !== null) {
      queue.push(soap.notification({ ...this.#last, operation: 'Initialized' }, maker ?? 'hikvision', this.wall()));
    }
    this.#subscriptions.set(id, { id, queue, until: clock.mono() + this.#lifeMs(), waiting: null });
    const until = this.wall() + this.#lifeMs();
    reply(answer(200, soap.subscribed(`${origin}${id}`, this.wall(), until, maker === 'axis' ? '7' : null)));
    return () => undefined;
  }

  #pull(subscription: Subscription, operation: XmlElement, reply: (answer: TwinReply) => void): () => void {
    const { clock } = this.#options;
    if (subscription.waiting !== null) {
      this.parallelPulls += 1;
      reply(answer(500, soap.soapFault('env:Receiver', 'tev:UnableToGetMessages', 'A pull is in progress')));
      return () => undefined;
    }
    const seconds = /^PT(\d+)S$/.exec(childText(operation, 'Timeout') ?? '')?.[1];
    const end = (messages: readonly string[]): void => {
      cancel();
      subscription.waiting = null;
      reply(
        answer(
          200,
          soap.pulled(messages, this.wall() + (this.#options.currentTimeOffMs ?? 0), this.wall() + this.#lifeMs()),
        ),
      );
    };
    const cancel = clock.after('twin.pull', Number(seconds ?? '60') * 1000, () => end([]));
    subscription.waiting = end;
    this.#deliver(subscription);
    return () => {
      cancel();
      if (subscription.waiting === end) subscription.waiting = null;
    };
  }

  #deliver({ waiting, queue }: Subscription): void {
    if (waiting !== null && queue.length > 0) waiting(queue.splice(0, this.#options.perPull ?? 10));
  }

  #lifeMs(): number {
    return this.#options.lifeMs ?? 120_000;
  }

  #expire(now: Mono): void {
    for (const each of [...this.#subscriptions.values()]) {
      if (each.until < now) this.#subscriptions.delete(each.id);
    }
  }
}

function answer(status: number, body: string, how: TwinReply['how'] = 'whole'): TwinReply {
  const headers = { 'Content-Type': 'application/soap+xml; charset=utf-8' };
  return { status, headers, body: Buffer.from(body, 'utf8'), how };
}

function troubledReply(kind: TwinTrouble): TwinReply | null {
  const some = soap.pulled([soap.notification({ plate: '京A00000' }, 'hikvision', 0)], 0, 0);
  switch (kind) {
    case 'silence':
      return null;
    case 'unauthorised':
      return { status: 401, headers: {}, body: Buffer.alloc(0), how: 'whole' };
    case 'forbidden':
      return { status: 403, headers: {}, body: Buffer.alloc(0), how: 'whole' };
    case 'failing':
      return answer(500, some);
    case 'fault':
      return answer(500, soap.soapFault('env:Receiver', 'ter:Action', 'Action failed'));
    case 'cut':
    case 'drip':
    case 'endless':
      return answer(200, some, kind);
    case 'huge':
      return answer(
        200,
        soap.pulled([soap.notification({ plate: '京A00001', padding: 3_000_000 }, 'hikvision', 0)], 0, 0),
      );
    case 'doctype': {
      const bomb = '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>';
      return answer(200, some.replace('?>\n', `?>\n${bomb}`).replace('京A00000', '&b;'));
    }
    case 'deep':
      return answer(200, soap.envelope(`${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}`));
    case 'instant':
      return answer(200, soap.pulled([], 0, 0));
    case 'garbage':
      return answer(200, '\u0000junk<');
  }
}
