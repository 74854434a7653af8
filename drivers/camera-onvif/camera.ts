/** What we ask of one camera: its clock, its services, a subscription, its messages. One call each; no loop stands here. */
import type { DriverContext, HttpLine } from '../../src/contract/driver.ts';
import type { Mono, Wall } from '../../src/core/values.ts';
import { child, escapeXml } from '../../src/wire/xml.ts';
import { onOwnHost } from './own-host.ts';
import { type PackageCalls, withFilter, withPullTimeout } from './package-calls.ts';
import type { Profile } from './profile.ts';
import {
  lifeOf,
  type Pulled,
  readDateAndTime,
  readProfileToken,
  readPulled,
  readServices,
  readSnapshotUri,
  readSubscription,
  type Services,
  type Subscribed,
} from './replies.ts';
import { type Refused, type Soap, withDetail } from './soap.ts';

/** `doubtful`: a fault where the camera may have meant the password. */
export type Failure = Omit<Refused, 'why'> & { readonly why: Refused['why'] | 'doubtful' };
export type Answer<T> = { readonly ok: true; readonly value: T; readonly receivedAt: Mono } | Failure;

export interface CameraOptions {
  readonly base: string;
  readonly path: string;
  readonly profile: Profile;
}

const callWithinMs = 10_000;
/** A read may wait for this one. */
const clockWithinMs = 3000;
/** A pull may be held for its timeout; what is not whole this much later never will be. */
export const pullGraceMs = 10_000;
/** Nobody pulls meanwhile, so an unanswered renewal may not take long. */
const renewWithinMs = 3000;
export const messagesMax = 10;

export class Camera {
  readonly #ctx: DriverContext<HttpLine>;
  readonly #soap: Soap;
  readonly #options: CameraOptions;
  #services: Services | null = null;
  #filters = true;
  #clockUnusable = false;
  /** Which call is asked for the services first: one that was refused, perhaps for the password, is left out at the next try. */
  #askFrom = 0;

  constructor(ctx: DriverContext<HttpLine>, soap: Soap, options: CameraOptions) {
    this.#ctx = ctx;
    this.#soap = soap;
    this.#options = options;
  }

  /**
   * Measures the camera's clock, unasked for a password, since a token is good only by that clock. Gives how far it lay
   * from what was thought, in milliseconds; 0 where the camera tells no time at all.
   */
  async measureClock(): Promise<Answer<number>> {
    const url = this.#device();
    const reply = await this.#soap.send({
      ...{ url, anonymous: true, withinMs: clockWithinMs },
      call: (calls) => calls.getSystemDateAndTime(ignore),
    });
    const { clock } = this.#ctx;
    if (!reply.ok) {
      if (reply.why === 'lost' || reply.why === 'stopped') return reply;
      // A camera that tells its time to nobody still dates its answers.
      return found(this.#moved(reply.date?.wall ?? null, reply.date?.at ?? 0), clock.mono());
    }
    const told = readDateAndTime(reply.body);
    // It tells whole seconds: half of one is the best guess of the rest.
    const at = (reply.sentAt + reply.receivedAt) / 2;
    return found(this.#moved(told === null ? null : told + 500, at), reply.receivedAt);
  }

  #moved(wall: Wall | null, at: Mono): number {
    if (wall === null) return 0;
    const moved = this.#soap.measured(wall, at);
    this.#clockUnusable = moved === null;
    if (moved === null) this.#ctx.raise('clockUnusable', `the camera's clock shows the year ${yearOf(wall)}`);
    else this.#ctx.clear('clockUnusable');
    return moved ?? 0;
  }

  /** It showed an impossible time when it was measured; ours stands in for it. */
  get clockUnusable(): boolean {
    return this.#clockUnusable;
  }

  cameraWall(at: Mono): Wall {
    return this.#soap.cameraWall(at);
  }

  /** Asked again after each failure to subscribe: a camera may move its services with new firmware. */
  forgetServices(): void {
    this.#services = null;
  }

  /**
   * `cautious`: the password is not proven, so that a fault ends the attempt unless it is certainly one of the call, and the
   * next attempt leaves the call out. One wrong proof for each attempt, and a camera that lacks a call is served all the same.
   */
  async services(cautious: boolean): Promise<Answer<Services>> {
    const { clock } = this.#ctx;
    if (this.#services !== null) return found(this.#services, clock.mono());
    let services: Services = { events: null, media: null };
    for (const [at, call] of serviceCalls.entries()) {
      if (at < this.#askFrom || services.events !== null) continue;
      const reply = await this.#soap.send({ url: this.#device(), withinMs: callWithinMs, call });
      if (reply.ok) services = readServices(reply.body);
      else if (reply.why !== 'fault' && reply.why !== 'unreadable') return reply;
      else if (cautious && isDoubtful(reply)) {
        this.#askFrom = at + 1;
        return reply;
      }
    }
    this.#services = services;
    return found(services, clock.mono());
  }

  /** With the profile's topics as filter, where the camera takes one; simple devices refuse any (protocols.md §1.1). `cautious`: as above. */
  async subscribe(services: Services, cautious: boolean): Promise<Answer<Subscribed>> {
    const url = this.#own(services.events);
    const { topics, namespaces } = this.#options.profile;
    const call = { url, withinMs: callWithinMs, call: createPullPoint };
    let reply = await this.#soap.send(
      this.#filters ? { ...call, amend: (written) => withFilter(written, topics.join('|'), namespaces) } : call,
    );
    if (cautious && !reply.ok && isDoubtful(reply)) {
      // Everything has been left out once: from the beginning.
      if (!this.#filters) this.#askFrom = 0;
      this.#filters = !this.#filters;
      return reply;
    }
    if (this.#filters && !reply.ok && reply.why === 'fault') {
      const plain = await this.#soap.send(call);
      // Refused for another reason: the filter is tried again next time.
      if (plain.ok) this.#filters = false;
      reply = plain;
    }
    if (!reply.ok) return reply;
    const subscribed = readSubscription(reply.body);
    return subscribed === null ? unreadable('no subscription in the answer') : found(subscribed, reply.receivedAt);
  }

  /** `timeoutMs` is what the camera is asked to hold an empty answer for; some hold it for `mostMs` whatever is asked. */
  async pull({ reference }: Subscribed, timeoutMs: number, mostMs: number): Promise<Answer<Pulled>> {
    const reply = await this.#soap.send({
      url: this.#own(reference.address),
      subscription: reference,
      withinMs: mostMs + pullGraceMs,
      call: (calls) => calls.pullMessages({ messageLimit: messagesMax }, ignore),
      amend: (written) => withPullTimeout(written, timeoutMs),
    });
    if (!reply.ok) return reply;
    const pulled = readPulled(reply.body);
    return pulled === null ? unreadable('no messages in the answer') : found(pulled, reply.receivedAt);
  }

  /** The new life in milliseconds, `null` where the camera does not say. */
  async renew({ reference }: Subscribed): Promise<Answer<number | null>> {
    const reply = await this.#soap.send({
      url: this.#own(reference.address),
      subscription: reference,
      withinMs: renewWithinMs,
      call: (calls) => calls.renew({}, ignore),
    });
    if (!reply.ok) return reply;
    const answer = child(reply.body, 'RenewResponse');
    return answer === null ? unreadable('no renewal in the answer') : found(lifeOf(answer), reply.receivedAt);
  }

  /** Address of a picture of what the camera sees now, for its first media profile; `null` where it names none. */
  async snapshotUri(services: Services): Promise<Answer<string | null>> {
    const media = { url: this.#own(services.media), withinMs: callWithinMs };
    const profiles = await this.#soap.send({ ...media, call: (calls) => calls.getProfiles(ignore) });
    if (!profiles.ok) return of('GetProfiles', profiles);
    const profileToken = readProfileToken(profiles.body);
    if (profileToken === null) return found(null, profiles.receivedAt);
    const reply = await this.#soap.send({
      ...media,
      call: (calls) => calls.getSnapshotUri({ profileToken: escapeXml(profileToken) }, ignore),
    });
    return reply.ok ? found(readSnapshotUri(reply.body), reply.receivedAt) : of('GetSnapshotUri', reply);
  }

  async unsubscribe({ reference }: Subscribed): Promise<Failure | null> {
    const reply = await this.#soap.send({
      url: this.#own(reference.address),
      subscription: reference,
      withinMs: renewWithinMs,
      call: (calls) => calls.unsubscribe(ignore),
    });
    return reply.ok ? null : reply;
  }

  #device(): string {
    return `${this.#options.base}${this.#options.path}`;
  }

  /** Where the camera names no address, or a senseless one, its device service often answers for all. */
  #own(given: string | null): string {
    return (given === null ? null : onOwnHost(this.#options.base, given)) ?? this.#device();
  }
}

const serviceCalls: readonly ((calls: PackageCalls) => void)[] = [
  (calls) => calls.getServices(false, ignore),
  (calls) => calls.getCapabilities(ignore),
];

/** A fault that may be a refusal of the password in the camera's own words. */
export function isDoubtful(failure: Failure): boolean {
  return failure.why === 'fault' && failure.ofCall !== true;
}

function yearOf(wall: Wall): string {
  const year = new Date(wall).getUTCFullYear();
  return Number.isFinite(year) ? `${year}` : 'beyond all';
}

function createPullPoint(calls: PackageCalls): void {
  calls.createPullPointSubscription(ignore);
}

/** The package settles at once, by our own transport. */
function ignore(): void {
  return undefined;
}

function found<T>(value: T, receivedAt: Mono): Answer<T> {
  return { ok: true, value, receivedAt };
}

/** The fault says which call it was. */
function of(call: string, failure: Failure): Failure {
  return { ...failure, detail: withDetail(call, failure.detail) };
}

function unreadable(detail: string): Failure {
  return { ok: false, why: 'unreadable', detail, retryAfterMs: null, date: null };
}
