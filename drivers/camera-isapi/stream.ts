/** The alertStream client: one endless multipart answer, opened anew whenever it ends, stalls or is refused. */
import type { DriverContext, HttpLine, HttpReply } from '../../src/contract/driver.ts';
import { boundaryOf, MultipartReader, type Part, streamLimits } from '../../src/wire/multipart.ts';
import { hashOf } from '../../src/wire/secret.ts';

export interface StreamOptions {
  readonly url: string;
  readonly credentials: { readonly user: string; readonly password: string };
  readonly certificateSha256: string | undefined;
  readonly silenceMs: number;
}

export interface StreamEvents {
  /** A part arrived; must return at once. */
  part(part: Part, at: number): void;
}

const path = '/ISAPI/Event/notification/alertStream';
const firstWaitMs = 1000;
const mostWaitMs = 60_000;
/** A stream that held this long was a good one: the next wait begins small again. */
const steadyAfterMs = 5000;

export class AlertStream {
  readonly #ctx: DriverContext<HttpLine>;
  readonly #options: StreamOptions;
  readonly #events: StreamEvents;
  #attempts = 0;
  #waitMs = firstWaitMs;

  constructor(ctx: DriverContext<HttpLine>, options: StreamOptions, events: StreamEvents) {
    this.#ctx = ctx;
    this.#options = options;
    this.#events = events;
  }

  /** Runs until the context is aborted. */
  async run(): Promise<void> {
    const { clock, signal } = this.#ctx;
    while (!signal.aborted) {
      const startedAt = clock.mono();
      const notBeforeMs = await this.#open();
      if (clock.mono() - startedAt >= steadyAfterMs) this.#waitMs = firstWaitMs;
      const wait = Math.max(this.#waitMs * (0.5 + this.#spread()), notBeforeMs);
      this.#waitMs = Math.min(this.#waitMs * 2, mostWaitMs);
      await this.#pause(wait);
    }
  }

  /** Opens one stream and reads it to its end. Gives the least time to wait before the next. */
  async #open(): Promise<number> {
    const ctx = this.#ctx;
    const reply = await ctx.line.fetch({
      method: 'GET',
      url: `${this.#options.url}${path}`,
      headers: { Accept: 'multipart/mixed' },
      credentials: this.#options.credentials,
      certificateSha256: this.#options.certificateSha256,
      headersWithinMs: 10_000,
      silenceMs: this.#options.silenceMs,
      totalMs: null,
      maxBytes: null,
    });
    if (!reply.ok) return this.#refused(reply);
    ctx.clear('wrongPassword');
    const boundary = boundaryOf(reply.headers['content-type']);
    if (reply.status !== 200 || boundary === null) {
      reply.cancel();
      ctx.raise('streamDown', `status ${reply.status}${boundary === null ? ', no multipart' : ''}`);
      return 0;
    }
    return this.#follow(reply, boundary);
  }

  async #follow(reply: Extract<HttpReply, { ok: true }>, boundary: string): Promise<number> {
    const ctx = this.#ctx;
    let at = ctx.clock.mono();
    let lastPart = at;
    const take = (part: Part): void => {
      lastPart = at;
      ctx.clear('streamDown');
      this.#events.part(part, at);
    };
    const reader = new MultipartReader(boundary, streamLimits, take, (trouble) => {
      ctx.log.warn('part skipped', { trouble });
      // A plate may have stood in it. What was merely cut off shows as `streamDown`.
      if (trouble !== 'truncated') ctx.raise('unreadablePush', `part skipped: ${trouble}`);
    });
    const end = await reply.read((bytes, now) => {
      at = now;
      // Bytes without a part are no stream: opened anew, a camera that lost its place begins at a boundary.
      if (now - lastPart > this.#options.silenceMs) return reply.cancel();
      reader.push(bytes);
    });
    if (end !== 'stopped') ctx.raise('streamDown', end);
    return 0;
  }

  #refused(reply: Extract<HttpReply, { ok: false }>): number {
    const ctx = this.#ctx;
    if (reply.why === 'stopped') return 0;
    if (reply.why === 'unauthorised') ctx.raise('wrongPassword', reply.detail);
    ctx.raise('streamDown', reply.why);
    return reply.retryAfterMs ?? 0;
  }

  /** Repeatable, yet different for each camera: after a power cut they must not all come at once. */
  #spread(): number {
    this.#attempts += 1;
    return Number.parseInt(hashOf(`${this.#ctx.device} ${this.#attempts}`).slice(0, 6), 16) / 0xffffff;
  }

  #pause(ms: number): Promise<void> {
    const { clock, device, signal } = this.#ctx;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const go = (): void => {
        cancel();
        signal.removeEventListener('abort', go);
        resolve();
      };
      const cancel = clock.after(`${device}.reconnect`, ms, go);
      signal.addEventListener('abort', go);
    });
  }
}
