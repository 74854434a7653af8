/** One SOAP call: the package's envelope on our line, within our deadline and size, read by our own reader. */
import type { DriverContext, HttpLine, HttpReply } from '../../src/contract/driver.ts';
import type { Mono, Wall } from '../../src/core/values.ts';
import { provePassword } from '../../src/wire/wsse.ts';
import { parseXml, type XmlElement, type XmlLimits } from '../../src/wire/xml.ts';
import type { Envelope, PackageCalls, PackageEnvelopes, SubscriptionReference } from './package-calls.ts';
import { readEnvelope, saysUnauthorised, wordsOf } from './replies.ts';

export interface SoapOptions {
  readonly auth: 'wsse' | 'digest';
  readonly credentials: { readonly user: string; readonly password: string };
  readonly certificateSha256: string | undefined;
}

export interface SoapCall {
  readonly url: string;
  readonly call: (calls: PackageCalls) => void;
  readonly amend?: ((envelope: Envelope) => Envelope) | undefined;
  readonly subscription?: SubscriptionReference | undefined;
  /** Until the reply is whole. */
  readonly withinMs: number;
  readonly anonymous?: boolean | undefined;
}

/**
 * unauthorised: 401, 403 or an answer that says so · fault: any other SOAP fault or status · unreadable: too large,
 * hostile or no SOAP · lost: no whole answer · stopped.
 */
export type SoapReply =
  | { readonly ok: true; readonly body: XmlElement; readonly sentAt: Mono; readonly receivedAt: Mono }
  | {
      readonly ok: false;
      readonly why: 'unauthorised' | 'fault' | 'unreadable' | 'lost' | 'stopped';
      /** Of the content only a fault's codes and its reason, as `wordsOf` leaves it. */
      readonly detail: string;
      /** Of a fault: its code names what was wrong with the call itself. */
      readonly ofCall?: boolean | undefined;
      /** The line's own guard wants this pause. */
      readonly retryAfterMs: number | null;
      /** The camera's clock by its Date header, where it answered at all. */
      readonly date: { readonly wall: Wall; readonly at: Mono } | null;
    };

export type Refused = Extract<SoapReply, { readonly ok: false }>;

/** A batch of ten events with plate pictures inside; what is larger is refused while it arrives. */
export const soapLimits: XmlLimits = { maxBytes: 1024 * 1024, maxDepth: 64, maxNodes: 20_000 };

/** What 32-bit seconds can hold: 1970 to 2106. A clock beyond is no clock, and dates beyond 275760 cannot even be written. */
const lastWall: Wall = 2 ** 32 * 1000;

export class Soap {
  readonly #ctx: DriverContext<HttpLine>;
  readonly #options: SoapOptions;
  readonly #envelopes: PackageEnvelopes;
  /** Camera's wall clock − our monotonic clock. */
  #shiftMs: number;

  constructor(ctx: DriverContext<HttpLine>, options: SoapOptions, envelopes: PackageEnvelopes) {
    this.#ctx = ctx;
    this.#options = options;
    this.#envelopes = envelopes;
    this.#shiftMs = ctx.clock.wall() - ctx.clock.mono();
  }

  /** The camera's clock at `at`, as last measured. */
  cameraWall(at: Mono): Wall {
    return at + this.#shiftMs;
  }

  /** The camera's clock showed `wall` at `at`. Gives how far it lies from what was thought, in milliseconds; `null`: not taken. */
  measured(wall: Wall, at: Mono): number | null {
    if (!(wall >= 0 && wall < lastWall)) return null;
    const moved = Math.abs(wall - at - this.#shiftMs);
    this.#shiftMs = wall - at;
    return moved;
  }

  async send(call: SoapCall): Promise<SoapReply> {
    const { clock, line } = this.#ctx;
    const { auth, credentials, certificateSha256 } = this.#options;
    const sentAt = clock.mono();
    const signs = auth === 'wsse' && call.anonymous !== true;
    const token = signs
      ? { user: credentials.user, proof: provePassword(credentials.password, this.cameraWall(sentAt)) }
      : null;
    const written = this.#envelopes.write(call.call, { token, subscription: call.subscription });
    const envelope = call.amend?.(written) ?? written;
    const reply = await line.fetch({
      method: 'POST',
      url: call.url,
      headers: { 'Content-Type': `application/soap+xml; charset=utf-8; action="${envelope.action}"` },
      body: envelope.body,
      credentials: auth === 'digest' && call.anonymous !== true ? credentials : undefined,
      certificateSha256,
      headersWithinMs: call.withinMs,
      silenceMs: call.withinMs,
      totalMs: call.withinMs,
      maxBytes: soapLimits.maxBytes,
    });
    if (!reply.ok) return refusedByLine(reply);
    return this.#read(reply, sentAt);
  }

  async #read(reply: Extract<HttpReply, { ok: true }>, sentAt: Mono): Promise<SoapReply> {
    const { clock } = this.#ctx;
    const headersAt = clock.mono();
    const stated = Date.parse(reply.headers.date ?? '');
    const date = Number.isFinite(stated) ? { wall: stated, at: headersAt } : null;
    const failed = (why: Refused['why'], detail: string): Refused => ({
      ...{ ok: false, why, detail, date, retryAfterMs: null },
    });
    if (reply.status === 401 || reply.status === 403) {
      reply.cancel();
      return failed('unauthorised', `status ${reply.status}`);
    }
    const pieces: Uint8Array[] = [];
    let receivedAt = headersAt;
    const end = await reply.read((bytes, at) => {
      pieces.push(bytes);
      receivedAt = at;
    });
    if (end === 'stopped') return failed('stopped', '');
    if (end === 'tooLarge') return failed('unreadable', `larger than ${soapLimits.maxBytes} bytes`);
    if (end !== 'whole') return failed('lost', end);
    const bytes = Buffer.concat(pieces);
    const parsed = parseXml(bytes, soapLimits);
    if (!parsed.ok) {
      if (reply.status === 200) return failed('unreadable', parsed.why);
      const words = wordsOf(bytes.toString('utf8', 0, 1000).replace(/<[^>]*>/g, ' '));
      const why = saysUnauthorised(words) ? 'unauthorised' : 'fault';
      return failed(why, withDetail(`status ${reply.status}`, words));
    }
    const envelope = readEnvelope(parsed.root);
    if (envelope.kind === 'fault') {
      const { code, reason, unauthorised, ofCall } = envelope;
      return { ...failed(unauthorised ? 'unauthorised' : 'fault', withDetail(code, reason)), ofCall };
    }
    if (reply.status < 200 || reply.status > 299) return failed('fault', `status ${reply.status}`);
    if (envelope.kind === 'neither') return failed('unreadable', 'no SOAP envelope');
    return { ok: true, body: envelope.body, sentAt, receivedAt };
  }
}

/** e.g. `lost: unreachable: connect ETIMEDOUT`. */
export function withDetail(why: string, detail: string): string {
  return detail === '' ? why : `${why}: ${detail}`;
}

function refusedByLine(reply: Extract<HttpReply, { ok: false }>): SoapReply {
  const { why, detail, retryAfterMs } = reply;
  if (why === 'stopped') return { ok: false, why, detail: '', date: null, retryAfterMs: null };
  const locked = why === 'unauthorised' || why === 'lockedOut';
  return {
    ...{ ok: false, date: null, retryAfterMs, detail: locked ? detail : withDetail(why, detail) },
    why: locked ? 'unauthorised' : 'lost',
  };
}
