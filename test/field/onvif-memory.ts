/** The ONVIF driver before its twin without a socket, on a clock turned by hand: hours of trouble pass in a moment. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import onvif from '../../drivers/camera-onvif/index.ts';
import { profileSchema } from '../../drivers/camera-onvif/profile.ts';
import { OnvifTwin, type TwinOptions, type TwinReply } from '../../drivers/camera-onvif/twin.ts';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { Driver, HttpReply, HttpRequest, Receipt } from '../../src/contract/driver.ts';
import type { Observation, PlateRead } from '../../src/core/presentation.ts';
import { DigestClient } from '../../src/wire/digest.ts';

export const password = '门岗-pässwörd&<1>';
export const user = 'gate&house';

export function profile(name: string): unknown {
  const url = new URL(`../../drivers/camera-onvif/profiles/${name}.yaml`, import.meta.url);
  return profileSchema.parse(parse(readFileSync(url, 'utf8')));
}

/** A device as YAML has it, profile put in. */
export function device(more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { address: '192.0.2.66', user, passwordFile: 'pw', profile: profile('hikvision'), ...more };
}

const stepMs = 250;

type Why = Extract<HttpReply, { ok: false }>['why'];

export class MemoryBench {
  readonly clock = new ManualClock();
  readonly seen: Observation[] = [];
  readonly faults = new Map<string, boolean>();
  /** What was said with each fault as it was last raised. */
  readonly details = new Map<string, string>();
  readonly logs: string[] = [];
  readonly twin: OnvifTwin;
  /** Requests by address that carried our name or a proof of our password. */
  readonly origins = new Set<string>();
  /** unplugged: no connection · late: answers come when nobody waits any more. */
  way: 'whole' | 'unplugged' | 'late' = 'whole';
  /** What becomes of a read. */
  receipt: Receipt = 'recorded';
  /** Questions for the camera's clock, and whether they bore a proof of the password. */
  readonly clockCalls: { readonly proves: boolean }[] = [];
  requests = 0;
  inFlight = 0;
  mostInFlight = 0;
  readonly #drops = new Set<() => void>();
  readonly #config: never;
  readonly #password: string;
  #driver: Driver | null = null;
  #stop = new AbortController();

  constructor(
    more: Readonly<Record<string, unknown>> = {},
    twin: Partial<TwinOptions> = {},
    given: { readonly password?: string } = {},
  ) {
    this.twin = new OnvifTwin({ clock: this.clock, user, password, ...twin });
    this.#config = onvif.config.parse(device(more)) as never;
    this.#password = given.password ?? password;
  }

  get reads(): readonly PlateRead[] {
    return this.seen.filter((each): each is PlateRead => each.kind === 'plateRead');
  }

  live(): readonly string[] {
    return this.reads.filter(({ late }) => late === false).map(({ raw }) => raw);
  }

  async start(): Promise<void> {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const fault = (name: string, raised: boolean): void => {
      if (signal.aborted || (this.faults.get(name) ?? false) === raised) return;
      this.faults.set(name, raised);
      this.seen.push({ kind: 'deviceFault', device: 'cam', fault: name, raised, detail: '' });
    };
    const log = (message: string, facts: unknown = {}): void => {
      this.logs.push(`${message} ${JSON.stringify(facts)}`);
    };
    const context = {
      device: 'cam',
      line: { id: 'cam', onDelivery: () => undefined, fetch: (request: HttpRequest) => this.#fetch(request) },
      clock: this.clock,
      emit: async (observation: Observation) => {
        this.seen.push(observation);
        return this.receipt;
      },
      raise: (name: string, detail = '') => {
        this.details.set(name, detail);
        fault(name, true);
      },
      clear: (name: string) => fault(name, false),
      log: { info: log, warn: log },
      signal,
      secret: () => this.#password,
    };
    this.#driver = onvif.create(context, this.#config);
    await this.#driver.start();
    await this.clock.pass(0);
  }

  /** In small steps: where no timer is armed a longer one would overtake what promises still set off. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) await this.clock.pass(Math.min(stepMs, ms - passed));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#driver?.stop();
  }

  /** Every connection breaks. */
  drop(): void {
    for (const each of [...this.#drops]) each();
  }

  #fetch(request: HttpRequest): Promise<HttpReply> {
    this.requests += 1;
    this.origins.add(new URL(request.url).origin);
    const body = request.body ?? '';
    if (body.includes('GetSystemDateAndTime')) this.clockCalls.push({ proves: body.includes('UsernameToken') });
    const { credentials } = request;
    return credentials === undefined ? this.#once(request, null) : this.#proved(request, new DigestClient(credentials));
  }

  async #proved(request: HttpRequest, digest: DigestClient): Promise<HttpReply> {
    const url = new URL(request.url);
    for (let round = 0; round < 2; round += 1) {
      const reply = await this.#once(request, digest.authorize(request.method, `${url.pathname}${url.search}`));
      if (!reply.ok || reply.status !== 401) return reply;
      digest.take(reply.headers['www-authenticate'] ?? '');
    }
    return { ok: false, why: 'unauthorised', detail: '', retryAfterMs: 60_000 };
  }

  #once(request: HttpRequest, authorization: string | null): Promise<HttpReply> {
    const url = new URL(request.url);
    const { signal } = this.#stop;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    return new Promise((resolve) => {
      let gone = (): void => undefined;
      const settle = (reply: HttpReply): void => {
        cancel();
        this.#drops.delete(drop);
        signal.removeEventListener('abort', onStop);
        if (!reply.ok) gone();
        this.inFlight -= 1;
        resolve(reply);
      };
      const fail = (why: Why): void => settle({ ok: false, why, detail: '', retryAfterMs: null });
      const onStop = (): void => fail('stopped');
      const drop = (): void => fail('unreachable');
      this.#drops.add(drop);
      const cancel = this.clock.after('fetch', request.headersWithinMs, () => fail('overdue'));
      signal.addEventListener('abort', onStop);
      if (signal.aborted) return onStop();
      if (this.way === 'unplugged') return fail('unreachable');
      if (this.way === 'late') return;
      const proof = authorization === null ? {} : { authorization };
      const headers = { host: url.host, ...proof };
      const asked = { method: request.method, path: `${url.pathname}${url.search}`, headers, body: request.body ?? '' };
      gone = this.twin.request(asked, (reply) => settle(this.#replied(request, reply)));
    });
  }

  #replied(request: HttpRequest, reply: TwinReply): HttpReply {
    const headers = Object.fromEntries(
      Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    return {
      ok: true,
      status: reply.status,
      headers,
      cancel: () => undefined,
      read: async (take) => {
        if (reply.how === 'endless') return 'tooLarge';
        if (request.maxBytes !== null && reply.body.length > request.maxBytes) return 'tooLarge';
        const half = reply.how === 'whole' ? reply.body.length : reply.body.length >> 1;
        take(reply.body.subarray(0, half), this.clock.mono());
        if (reply.how !== 'drip') return reply.how === 'whole' ? 'whole' : 'cut';
        await new Promise<void>((done) => {
          const cancel = this.clock.after('drip', request.totalMs ?? 0, done);
          this.#stop.signal.addEventListener('abort', () => {
            cancel();
            done();
          });
        });
        return this.#stop.signal.aborted ? 'stopped' : 'overdue';
      },
    };
  }
}
