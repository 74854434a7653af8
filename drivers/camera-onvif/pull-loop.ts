/**
 * Our own pull loop (protocols.md §2 "Advice"): subscribe, pull with one call in flight, renew, and after whatever goes
 * wrong try again for ever, slower and slower. The package's own loop stops for good or spins (pitfalls.md "onvif").
 */
import type { DriverContext, HttpLine } from '../../src/contract/driver.ts';
import type { Mono, Wall } from '../../src/core/values.ts';
import type { XmlElement } from '../../src/wire/xml.ts';
import type { Account } from './account.ts';
import { type Camera, type Failure, messagesMax } from './camera.ts';
import { Pace } from './pace.ts';
import type { Pulled, Services, Subscribed } from './replies.ts';

export interface PullBatch {
  readonly messages: readonly XmlElement[];
  readonly receivedAt: Mono;
  readonly cameraNow: Wall;
  /** Nothing of it can have waited in the camera. */
  readonly live: boolean;
}

export interface LoopEvents {
  /** A pull was answered, with messages or without; must return at once. */
  pulled(batch: PullBatch): void;
  /** Subscribed: whoever asks for pictures may. */
  connected(services: Services): void;
  failed(failure: Failure): void;
}

export interface LoopOptions {
  readonly pullTimeoutMs: number;
  readonly unsubscribe: boolean;
}

interface Session {
  readonly subscribed: Subscribed;
  readonly openedAt: Mono;
  lifeMs: number;
  renewAt: Mono;
  live: boolean;
  lostPulls: number;
  /** From the beginning of one pull to that of the next, at least. */
  spacingMs: number;
}

const assumedLifeMs = 120_000;
const leastLifeMs = 4000;
const mostLifeMs = 600_000;
const steadyAfterMs = 5000;
/** A camera that answers an empty pull at once is asked this often at most; one that always has messages, so often. */
const emptySpacingMs = 250;
const fullSpacingMs = 50;
/** CurrentTime of a pull and the measured clock may differ by this much before the clock is measured anew. */
const agreeMs = 5000;
const measureAgainAfterMs = 60_000;
/** A token is refused for its time from here on, not for its password. */
const movedMs = 1000;

export class PullLoop {
  readonly #ctx: DriverContext<HttpLine>;
  readonly #camera: Camera;
  readonly #account: Account;
  readonly #options: LoopOptions;
  readonly #events: LoopEvents;
  readonly #pace: Pace;
  #session: Session | null = null;
  /** A subscription of ours that the camera may still hold. */
  #former: Subscribed | null = null;
  #measuredAt: Mono = Number.NEGATIVE_INFINITY;
  #pardonedAt: Mono = Number.NEGATIVE_INFINITY;

  constructor(
    ctx: DriverContext<HttpLine>,
    camera: Camera,
    account: Account,
    options: LoopOptions,
    events: LoopEvents,
  ) {
    this.#ctx = ctx;
    this.#camera = camera;
    this.#account = account;
    this.#options = options;
    this.#events = events;
    this.#pace = new Pace(ctx);
  }

  /** Runs until the context is aborted. */
  async run(): Promise<void> {
    const { clock, signal } = this.#ctx;
    while (!signal.aborted) {
      const barredMs = this.#account.waitMs(clock.mono());
      // After a reload nobody remembers why nothing is asked.
      if (barredMs > 0) this.#events.failed(failed('unauthorised', 'refused before; tried again later'));
      await this.#pace.pause(barredMs);
      const failure = await this.#connected();
      if (signal.aborted || failure.why === 'stopped') return;
      this.#events.failed(failure);
      const atLeastMs = failure.why === 'unauthorised' ? await this.#unauthorised(failure) : 0;
      await this.#pace.backOff(atLeastMs);
    }
  }

  /** One connection, from the clock to the failure that ends it. */
  async #connected(): Promise<Failure> {
    const { clock } = this.#ctx;
    const measured = await this.#measure();
    if (measured !== null) return measured;
    if (this.#session === null) {
      const failure = await this.#subscribe();
      if (failure !== null) return failure;
    }
    for (;;) {
      const session = this.#session;
      if (session === null) return failed('stopped', '');
      if (clock.mono() >= session.renewAt) await this.#renew(session);
      const startedAt = clock.mono();
      const failure = await this.#pull(session);
      if (failure !== null) {
        // What became of the subscription while the way was lost is known now: no reason to wait once more.
        if (failure.why !== 'fault' || session.lostPulls < 2) return failure;
        const again = await this.#subscribe();
        if (again !== null) return again;
        continue;
      }
      if (clock.mono() - session.openedAt >= steadyAfterMs) this.#pace.steady();
      await this.#pace.pause(startedAt + session.spacingMs - clock.mono());
    }
  }

  async #measure(): Promise<Failure | null> {
    const measured = await this.#camera.measureClock();
    if (!measured.ok) return measured;
    this.#measuredAt = this.#ctx.clock.mono();
    return null;
  }

  async #subscribe(): Promise<Failure | null> {
    const camera = this.#camera;
    if (this.#former !== null && this.#options.unsubscribe) await camera.unsubscribe(this.#former);
    this.#former = null;
    const services = await camera.services();
    if (!services.ok) return services;
    const subscribed = await camera.subscribe(services.value);
    if (!subscribed.ok) {
      camera.forgetServices();
      return subscribed;
    }
    const lifeMs = lifeWithin(subscribed.value.lifeMs);
    const openedAt = this.#ctx.clock.mono();
    this.#session = {
      ...{ subscribed: subscribed.value, openedAt, lifeMs, lostPulls: 0, spacingMs: emptySpacingMs },
      renewAt: openedAt + lifeMs / 2,
      live: false,
    };
    this.#events.connected(services.value);
    return null;
  }

  async #pull(session: Session): Promise<Failure | null> {
    // Half of its life at most: the renewal waits for the pull, since two calls at once are too much for some cameras.
    const timeoutMs = Math.min(this.#options.pullTimeoutMs, session.lifeMs / 2);
    const pulled = await this.#camera.pull(session.subscribed, timeoutMs);
    if (!pulled.ok) {
      this.#lost(session, pulled);
      return pulled;
    }
    session.lostPulls = 0;
    // Only now: many cameras subscribe for anybody.
    this.#account.accepted();
    const cameraNow = await this.#cameraNow(pulled.value, pulled.receivedAt);
    const { messages } = pulled.value;
    this.#events.pulled({ messages, receivedAt: pulled.receivedAt, cameraNow, live: session.live });
    session.live = messages.length < messagesMax;
    session.spacingMs = messages.length === 0 ? emptySpacingMs : fullSpacingMs;
    return null;
  }

  /** A whole answer that never came may have cost the way only: the subscription, and what it holds, is tried once more. */
  #lost(session: Session, { why }: Failure): void {
    session.live = false;
    session.lostPulls += 1;
    if ((why === 'lost' || why === 'unreadable') && session.lostPulls < 2) return;
    this.#former = session.subscribed;
    this.#session = null;
  }

  /** Its faults are ignored: a pull keeps most subscriptions alive, and where not the next pull tells (protocols.md §1.1). */
  async #renew(session: Session): Promise<void> {
    const { clock } = this.#ctx;
    const renewed = await this.#camera.renew(session.subscribed);
    if (renewed.ok) session.lifeMs = lifeWithin(renewed.value ?? session.lifeMs);
    // Neither an account nor three seconds of the lane are spent on it twice.
    const useless = !renewed.ok && renewed.why !== 'fault';
    session.renewAt = useless ? Number.POSITIVE_INFINITY : clock.mono() + session.lifeMs / 2;
  }

  /** The measured clock counts; where a pull disagrees with it, one of them has been set, and it is measured anew. */
  async #cameraNow({ currentTime }: Pulled, receivedAt: Mono): Promise<Wall> {
    const agreed = (): boolean =>
      currentTime !== null && Math.abs(currentTime - this.#camera.cameraWall(receivedAt)) <= agreeMs;
    const due = this.#ctx.clock.mono() - this.#measuredAt >= measureAgainAfterMs;
    if (currentTime !== null && !agreed() && due) {
      await this.#measure();
      this.#measuredAt = this.#ctx.clock.mono();
    }
    return currentTime !== null && agreed() ? currentTime : this.#camera.cameraWall(receivedAt);
  }

  /** The least time to wait. A clock that was set since the token was made is no wrong password, once in a while. */
  async #unauthorised(failure: Failure): Promise<number> {
    const { clock } = this.#ctx;
    if (failure.retryAfterMs === null) {
      const measured = await this.#camera.measureClock();
      const moved = measured.ok && measured.value > movedMs;
      if (moved && clock.mono() - this.#pardonedAt >= measureAgainAfterMs) {
        this.#pardonedAt = clock.mono();
        return 0;
      }
      this.#account.refused(clock.mono());
    }
    return Math.max(failure.retryAfterMs ?? 0, this.#account.waitMs(clock.mono()));
  }
}

function failed(why: Failure['why'], detail: string): Failure {
  return { ok: false, why, detail, retryAfterMs: null, date: null };
}

function lifeWithin(lifeMs: number | null): number {
  return lifeMs === null || lifeMs <= 0 ? assumedLifeMs : Math.min(Math.max(lifeMs, leastLifeMs), mostLifeMs);
}
