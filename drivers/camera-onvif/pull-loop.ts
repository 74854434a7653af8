/**
 * Our own pull loop (protocols.md §2 "Advice"): subscribe, pull with one call in flight, renew, and after whatever goes
 * wrong try again for ever, slower and slower. The package's own loop stops for good or spins (pitfalls.md "onvif").
 */
import type { DriverContext, HttpLine } from '../../src/contract/driver.ts';
import type { Mono, Wall } from '../../src/core/values.ts';
import type { XmlElement } from '../../src/wire/xml.ts';
import type { Account } from './account.ts';
import { type Camera, type Failure, isDoubtful } from './camera.ts';
import { freshForMs } from './message.ts';
import { Pace } from './pace.ts';
import type { Pulled, Services, Subscribed } from './replies.ts';

export interface PullBatch {
  readonly messages: readonly XmlElement[];
  readonly receivedAt: Mono;
  readonly cameraNow: Wall;
  /** Nothing of it can have waited in the camera for long. */
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
  /** The answer to the last pull held nothing. */
  empty: boolean;
  /** When the camera last held nothing back. */
  emptyAt: Mono;
  lostPulls: number;
  /** From the beginning of one pull to that of the next, at least. */
  spacingMs: number;
}

/** How long an empty answer is held back while it is looked for: nothing that comes before it is known to be of now. */
const emptyingMs = 1000;
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
  /** Since the last accepted pull: a clock that is never right pardons no wrong password. */
  #pardoned = false;
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
      if (barredMs > 0) this.#events.failed(failed(this.#account.why, 'refused before; tried again later'));
      await this.#pace.pause(barredMs);
      const failure = await this.#connected();
      if (signal.aborted || failure.why === 'stopped') return;
      this.#events.failed(failure);
      if (failure.why === 'unauthorised') await this.#unauthorised(failure);
      const atLeastMs = Math.max(failure.retryAfterMs ?? 0, this.#account.waitMs(clock.mono()));
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
      if (failure !== null) return this.#judged(failure);
    }
    for (;;) {
      const session = this.#session;
      if (session === null) return failed('stopped', '');
      if (clock.mono() >= session.renewAt) await this.#renew(session);
      const startedAt = clock.mono();
      const failure = await this.#pull(session);
      if (failure !== null) {
        // What became of the subscription while the way was lost is known now: no reason to wait once more.
        if (failure.why !== 'fault' || session.lostPulls < 2) {
          // Behind an accepted pull another one fails for other reasons.
          return this.#account.proven ? failure : this.#judged(failure);
        }
        const again = await this.#subscribe();
        if (again !== null) return this.#judged(again);
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
    const ended = this.#former !== null && this.#options.unsubscribe ? await camera.unsubscribe(this.#former) : null;
    if (ended?.why === 'unauthorised') return ended;
    this.#former = null;
    const cautious = !this.#account.trusted;
    const services = await camera.services(cautious);
    if (!services.ok) return services;
    const subscribed = await camera.subscribe(services.value, cautious);
    if (!subscribed.ok) {
      camera.forgetServices();
      return subscribed;
    }
    const lifeMs = lifeWithin(subscribed.value.lifeMs);
    const openedAt = this.#ctx.clock.mono();
    this.#session = {
      ...{ subscribed: subscribed.value, openedAt, lifeMs, lostPulls: 0, spacingMs: emptySpacingMs },
      renewAt: openedAt + lifeMs / 2,
      ...{ empty: false, emptyAt: Number.NEGATIVE_INFINITY },
    };
    this.#events.connected(services.value);
    return null;
  }

  async #pull(session: Session): Promise<Failure | null> {
    const { clock } = this.#ctx;
    // Half of its life at most: the renewal waits for the pull, since two calls at once are too much for some cameras.
    const mostMs = Math.min(this.#options.pullTimeoutMs, session.lifeMs / 2);
    const startedAt = clock.mono();
    const followsEmpty = session.empty && startedAt - session.emptyAt <= freshForMs;
    const wantedMs = session.empty ? Math.max(session.renewAt - startedAt, emptyingMs) : emptyingMs;
    const timeoutMs = Math.min(wantedMs, mostMs);
    const pulled = await this.#camera.pull(session.subscribed, timeoutMs, mostMs);
    if (!pulled.ok) {
      this.#lost(session, pulled);
      return pulled;
    }
    session.lostPulls = 0;
    // Only now: many cameras subscribe for anybody.
    this.#account.accepted();
    this.#pardoned = false;
    const { receivedAt } = pulled;
    const cameraNow = await this.#cameraNow(pulled.value, receivedAt);
    const { messages } = pulled.value;
    // How many a camera hands out at once is its own choice, so that a short answer proves nothing: only an empty one does.
    const live = followsEmpty || receivedAt - session.emptyAt <= freshForMs;
    session.empty = messages.length === 0;
    if (session.empty || followsEmpty) session.emptyAt = receivedAt;
    this.#events.pulled({ messages, receivedAt, cameraNow, live });
    session.spacingMs = session.empty ? emptySpacingMs : fullSpacingMs;
    return null;
  }

  /** A whole answer that never came may have cost the way only: the subscription, and what it holds, is tried once more. */
  #lost(session: Session, { why }: Failure): void {
    session.empty = false;
    session.emptyAt = Number.NEGATIVE_INFINITY;
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
    // A pull may stand between this and the next try.
    const waitMs = renewed.ok ? session.lifeMs / 2 : session.lifeMs / 6;
    session.renewAt = useless ? Number.POSITIVE_INFINITY : clock.mono() + waitMs;
  }

  /** The measured clock counts; where a pull disagrees with it, one of them has been set, and it is measured anew. */
  async #cameraNow({ currentTime }: Pulled, receivedAt: Mono): Promise<Wall> {
    const agreed = (): boolean =>
      currentTime !== null && Math.abs(currentTime - this.#camera.cameraWall(receivedAt)) <= agreeMs;
    const due = this.#ctx.clock.mono() - this.#measuredAt >= measureAgainAfterMs;
    if (due && (this.#camera.clockUnusable || (currentTime !== null && !agreed()))) {
      await this.#measure();
      this.#measuredAt = this.#ctx.clock.mono();
    }
    return currentTime !== null && agreed() ? currentTime : this.#camera.cameraWall(receivedAt);
  }

  /** A fault before the first accepted pull may be a refusal in words that nobody knows: the account rests as if it were. */
  #judged(failure: Failure): Failure {
    if (!isDoubtful(failure) || !this.#account.doubted(this.#ctx.clock.mono())) return failure;
    return { ...failure, why: 'doubtful' };
  }

  /** A clock that was set since the token was made is no wrong password, once in a while. */
  async #unauthorised({ retryAfterMs }: Failure): Promise<void> {
    if (retryAfterMs !== null) return;
    const { clock } = this.#ctx;
    const measured = await this.#camera.measureClock();
    const moved = measured.ok && measured.value > movedMs;
    if (moved && !this.#pardoned && clock.mono() - this.#pardonedAt >= measureAgainAfterMs) {
      this.#pardoned = true;
      this.#pardonedAt = clock.mono();
    } else this.#account.refused(clock.mono());
  }
}

function failed(why: Failure['why'], detail: string): Failure {
  return { ok: false, why, detail, retryAfterMs: null, date: null };
}

function lifeWithin(lifeMs: number | null): number {
  return lifeMs === null || lifeMs <= 0 ? assumedLifeMs : Math.min(Math.max(lifeMs, leastLifeMs), mostLifeMs);
}
