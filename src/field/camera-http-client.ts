/** Our requests to cameras: a deadline on everything, caps, Digest only, and never a hammered account (protocols.md §1.2 Auth). */
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../contract/clock.ts';
import type { HttpEnd, HttpReply, HttpRequest } from '../contract/driver.ts';
import { hashOf } from '../wire/secret.ts';
import type { CameraAccounts } from './camera-accounts.ts';

const maxInFlight = 4;

type Answered = { readonly response: IncomingMessage; readonly request: ClientRequest };
type Failed = { readonly ok: false; readonly why: 'unreachable' | 'overdue' | 'stopped'; readonly detail: string };

export class CameraHttpClient {
  readonly #clock: Clock;
  readonly #accounts: CameraAccounts;
  readonly #name: string;
  readonly #stop: AbortSignal;
  #inFlight = 0;
  #count = 0;

  /** One for each device; `accounts` is shared, so that a reload with the same wrong password begins no new count. */
  constructor(name: string, clock: Clock, accounts: CameraAccounts, stop: AbortSignal) {
    this.#name = name;
    this.#clock = clock;
    this.#accounts = accounts;
    this.#stop = stop;
  }

  async fetch(request: HttpRequest): Promise<HttpReply> {
    if (this.#stop.aborted) return failed('stopped', '');
    if (this.#inFlight >= maxInFlight) return failed('unreachable', `more than ${maxInFlight} requests at once`);
    const url = URL.parse(request.url);
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      return failed('unreachable', 'no address');
    this.#inFlight += 1;
    const done = once(() => {
      this.#inFlight -= 1;
    });
    try {
      const reply = await this.#exchange(request, url, this.#clock.mono() + request.headersWithinMs, done);
      if (!reply.ok) done();
      return reply;
    } catch (error) {
      done();
      return failed('unreachable', error instanceof Error ? error.message : 'failed');
    }
  }

  async #exchange(request: HttpRequest, url: URL, deadline: number, done: () => void): Promise<HttpReply> {
    if (request.credentials === undefined) {
      const got = await this.#attempt(request, url, deadline, null);
      return 'ok' in got ? { ...got, retryAfterMs: null } : this.#reply(request, got, deadline, done);
    }
    const account = this.#accounts.of(url.origin, request.credentials);
    const barred = account.begin(this.#clock.mono());
    if (barred !== null) return failed('lockedOut', 'wrong user or password', barred);
    try {
      let digest = account.digest;
      // Only a nonce that the camera has given out during this exchange makes its refusal one of the password.
      let fresh = false;
      // The second round carries the proof, a third only a nonce that went stale.
      for (let round = 1; ; round += 1) {
        const nonce = digest.nonce;
        const proof = digest.authorize(request.method, `${url.pathname}${url.search}`);
        const got = await this.#attempt(request, url, deadline, proof);
        if ('ok' in got) return { ...got, retryAfterMs: null };
        if (got.response.statusCode !== 401) {
          if (proof !== null) account.accepted(digest);
          return this.#reply(request, got, deadline, done);
        }
        got.request.destroy();
        digest = account.newDigest();
        const taken = digest.take(got.response.headers['www-authenticate'] ?? '');
        if (taken === 'unsupported')
          return failed('unauthorised', 'the camera offers no Digest', account.refused(this.#clock.mono()));
        const ended = taken === 'stale' || (!fresh && digest.nonce !== nonce);
        if ((proof !== null && !ended) || round >= 3) {
          return failed('unauthorised', 'wrong user or password', account.refused(this.#clock.mono()));
        }
        fresh = true;
      }
    } finally {
      account.end();
    }
  }

  /** One request on a connection of its own, up to the answer's headers. */
  #attempt(request: HttpRequest, url: URL, deadline: number, proof: string | null): Promise<Answered | Failed> {
    return new Promise((resolve) => {
      const secure = url.protocol === 'https:';
      const pin = request.certificateSha256?.toLowerCase().replaceAll(':', '');
      const headers = { ...request.headers, ...(proof === null ? {} : { Authorization: proof }) };
      // As bytes: Node writes a text and the headers before it in one piece, and the headers would become UTF-8 a second time.
      const body = request.body === undefined ? undefined : Buffer.from(request.body, 'utf8');
      const sized = body === undefined ? headers : { ...headers, 'Content-Length': `${body.length}` };
      const options = { method: request.method, headers: sized, agent: false, rejectUnauthorized: pin === undefined };
      const sent = secure ? httpsRequest(url, options) : httpRequest(url, options);
      this.#count += 1;
      const settle = once((result: Answered | Failed) => {
        cancel();
        this.#stop.removeEventListener('abort', onStop);
        if ('ok' in result) sent.destroy();
        resolve(result);
      });
      const fail = (why: Failed['why'], detail: string): void => settle({ ok: false, why, detail });
      const onStop = (): void => fail('stopped', '');
      const cancel = this.#clock.at(`${this.#name}.http.${this.#count}`, deadline, () =>
        fail('overdue', 'no answer in time'),
      );
      this.#stop.addEventListener('abort', onStop);
      sent.on('error', (error) => fail('unreachable', error.message));
      sent.on('response', (response) => settle({ response, request: sent }));
      if (!secure || pin === undefined) sent.end(body);
      else {
        // Headers leave only with end(): the proof is shown to nobody but the pinned camera.
        sent.on('socket', (socket) => {
          socket.once('secureConnect', () => {
            if (certificateHash(socket) === pin) sent.end(body);
            else fail('unreachable', 'the certificate is not the pinned one');
          });
        });
      }
    });
  }

  #reply(request: HttpRequest, got: Answered, deadline: number, done: () => void): HttpReply {
    const headers: Record<string, string> = {};
    for (const [key, value] of Object.entries(got.response.headers)) {
      if (value !== undefined) headers[key] = Array.isArray(value) ? value.join(', ') : value;
    }
    const totalBy = request.totalMs === null ? null : deadline - request.headersWithinMs + request.totalMs;
    got.response.on('error', () => undefined);
    got.response.once('close', done);
    return {
      ok: true,
      status: got.response.statusCode ?? 0,
      headers,
      read: (take) => this.#read(request, got, totalBy, take),
      cancel: () => got.request.destroy(),
    };
  }

  #read(
    request: HttpRequest,
    got: Answered,
    totalBy: number | null,
    take: (bytes: Uint8Array, at: number) => void,
  ): Promise<HttpEnd> {
    const clock = this.#clock;
    const { response } = got;
    this.#count += 1;
    const name = `${this.#name}.body.${this.#count}`;
    return new Promise((resolve) => {
      let lastAt = clock.mono();
      let size = 0;
      let cancelSilence = (): void => undefined;
      const cancelTotal =
        totalBy === null ? () => undefined : clock.at(`${name}.total`, totalBy, () => settle('overdue'));
      const onStop = (): void => settle('stopped');
      const settle = once((end: HttpEnd) => {
        cancelSilence();
        cancelTotal();
        this.#stop.removeEventListener('abort', onStop);
        got.request.destroy();
        resolve(end);
      });
      const watch = (): void => {
        cancelSilence = clock.at(`${name}.silence`, lastAt + request.silenceMs, () => {
          if (clock.mono() - lastAt >= request.silenceMs) settle('silent');
          else watch();
        });
      };
      watch();
      if (this.#stop.aborted) return settle('stopped');
      this.#stop.addEventListener('abort', onStop);
      response.on('end', () => settle(response.complete ? 'whole' : 'cut'));
      response.on('close', () => settle(response.complete ? 'whole' : 'cut'));
      response.on('error', () => settle('cut'));
      response.on('data', (piece: Uint8Array) => {
        lastAt = clock.mono();
        size += piece.length;
        if (request.maxBytes !== null && size > request.maxBytes) return settle('tooLarge');
        take(piece, lastAt);
      });
    });
  }
}

/** The peer's certificate as its DER bytes' hash; `''` for a socket without one. */
function certificateHash(socket: Socket & { getPeerCertificate?(): { readonly raw?: Uint8Array } }): string {
  const raw = socket.getPeerCertificate?.().raw;
  return raw === undefined ? '' : hashOf(raw);
}

function failed(
  why: Extract<HttpReply, { ok: false }>['why'],
  detail: string,
  retryAfterMs: number | null = null,
): HttpReply {
  return { ok: false, why, detail, retryAfterMs };
}

function once<A extends unknown[]>(action: (...args: A) => void): (...args: A) => void {
  let done = false;
  return (...args) => {
    if (done) return;
    done = true;
    action(...args);
  };
}
