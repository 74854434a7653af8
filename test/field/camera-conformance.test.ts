import { readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { parse } from 'yaml';
import httpCamera from '../../drivers/camera-http/index.ts';
import { vzenithBody } from '../../drivers/camera-http/twin.ts';
import isapi from '../../drivers/camera-isapi/index.ts';
import { alertXml } from '../../drivers/camera-isapi/twin.ts';
import { conformance, type Harness } from '../../src/contract/conformance/conformance.ts';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type {
  Driver,
  DriverContext,
  HttpAnswer,
  HttpDelivery,
  HttpEnd,
  HttpLine,
  HttpReply,
} from '../../src/contract/driver.ts';
import type { Observation, PlateRead } from '../../src/core/presentation.ts';

function example(url: string): unknown {
  const { driver: _driver, ...own }: Record<string, unknown> = parse(
    readFileSync(new URL(url, import.meta.url), 'utf8'),
  );
  return own;
}

type Trouble = 'silence' | 'unplug' | 'garbage' | 'truncation' | 'lateness' | 'unreadable' | 'wrongPassword';

type MakePush = (car: number) => { readonly contentType: string; readonly body: Uint8Array };

interface Stream {
  readonly take: (bytes: Uint8Array, at: number) => void;
  readonly end: (how: HttpEnd) => void;
}

/** A camera in memory before which a car stands: each 5 s it tells of it, by push and on every open stream. */
class MemoryCamera {
  readonly clock = new ManualClock();
  readonly seen: Observation[] = [];
  readonly troubles = new Set<Trouble>();
  readonly streams = new Set<Stream>();
  readonly #create: (ctx: DriverContext<HttpLine>) => Driver;
  readonly #push: MakePush | null;
  #take: ((delivery: HttpDelivery) => Promise<HttpAnswer>) | null = null;
  #driver: Driver | null = null;
  #stop = new AbortController();
  #car = 10_000;
  #told = 0;
  #cancelTick = (): void => undefined;

  constructor(create: (ctx: DriverContext<HttpLine>) => Driver, push: MakePush | null) {
    this.#create = create;
    this.#push = push;
  }

  harness(faults: Harness['faults']): Harness {
    const switching = (trouble: Trouble) => (on: boolean) => this.trouble(trouble, on);
    return {
      clock: this.clock,
      seen: this.seen,
      start: () => this.#start(),
      stop: () => this.#end(),
      leftovers: () => [...this.streams].map(() => 'stream'),
      silence: switching('silence'),
      unplug: switching('unplug'),
      garbage: switching('garbage'),
      truncation: switching('truncation'),
      lateness: switching('lateness'),
      change: () => {
        this.#car += 1;
      },
      newest: () => this.seen.findLast((each): each is PlateRead => each.kind === 'plateRead')?.raw ?? null,
      faults,
    };
  }

  making(trouble: Trouble): { make(): void; mend(): void } {
    return { make: () => this.trouble(trouble, true), mend: () => this.trouble(trouble, false) };
  }

  trouble(trouble: Trouble, on: boolean): void {
    if (on) this.troubles.add(trouble);
    else this.troubles.delete(trouble);
    if (trouble === 'silence' || trouble === 'garbage' || trouble === 'unreadable') return;
    for (const stream of this.streams) stream.end('cut');
  }

  async #start(): Promise<void> {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const fault = (name: string, raised: boolean) => {
      if (!signal.aborted) this.seen.push({ kind: 'deviceFault', device: 'cam', fault: name, raised, detail: '' });
    };
    this.#driver = this.#create({
      device: 'cam',
      line: {
        id: 'cam',
        onDelivery: (take) => {
          this.#take = take;
        },
        fetch: (request) => this.#fetch(request.headersWithinMs, request.silenceMs),
      },
      clock: this.clock,
      emit: async (observation) => {
        this.seen.push(observation);
        return 'recorded';
      },
      raise: (name) => fault(name, true),
      clear: (name) => fault(name, false),
      log: { info: () => undefined, warn: () => undefined },
      signal,
      secret: () => 'secret',
    });
    await this.#driver.start();
    this.#tick();
  }

  async #end(): Promise<void> {
    this.#cancelTick();
    this.#stop.abort();
    for (const stream of this.streams) stream.end('stopped');
    await this.#driver?.stop();
  }

  #tick(): void {
    this.#cancelTick = this.clock.after('world', 5000, () => {
      this.#tell();
      this.#tick();
    });
  }

  #tell(): void {
    this.#told += 1;
    const has = (trouble: Trouble): boolean => this.troubles.has(trouble);
    if (has('silence') || has('unplug') || has('lateness')) return;
    const push = this.#push?.(this.#car);
    if (push !== undefined) {
      const junk = has('garbage') || has('unreadable');
      const body = junk ? Buffer.from('\x00junk') : has('truncation') ? push.body.subarray(0, 60) : push.body;
      const headers = { 'content-type': push.contentType };
      void this.#take?.({ method: 'POST', path: '', headers, remoteAddress: 'x', receivedAt: this.clock.mono(), body });
    }
    const xml = has('unreadable') ? '<a><b></a>' : alertXml({ plate: `苏A${this.#car}`, uuid: `u${this.#told}` });
    const part = `--boundary\r\nContent-Length: ${Buffer.byteLength(xml)}\r\n\r\n${xml}\r\n`;
    for (const { take, end } of this.streams) {
      take(
        Buffer.from(has('garbage') ? '\x00junk\r\n' : has('truncation') ? part.slice(0, 90) : part),
        this.clock.mono(),
      );
      if (has('truncation')) end('cut');
    }
  }

  #fetch(headersWithinMs: number, silenceMs: number): Promise<HttpReply> {
    const failed = (
      why: 'unreachable' | 'overdue' | 'unauthorised' | 'stopped',
      retryAfterMs: number | null,
    ): HttpReply => ({
      ok: false,
      why,
      detail: '',
      retryAfterMs,
    });
    const { signal } = this.#stop;
    if (signal.aborted) return Promise.resolve(failed('stopped', null));
    if (this.troubles.has('unplug')) return Promise.resolve(failed('unreachable', null));
    if (this.troubles.has('wrongPassword')) return Promise.resolve(failed('unauthorised', 60_000));
    if (this.troubles.has('silence') || this.troubles.has('lateness')) {
      return new Promise((resolve) => {
        const cancel = this.clock.after('fetch', headersWithinMs, () => resolve(failed('overdue', null)));
        signal.addEventListener('abort', () => {
          cancel();
          resolve(failed('stopped', null));
        });
      });
    }
    return Promise.resolve(this.#opened(silenceMs));
  }

  #opened(silenceMs: number): HttpReply {
    let stream: Stream | null = null;
    return {
      ok: true,
      status: 200,
      headers: { 'content-type': 'multipart/mixed; boundary=boundary' },
      cancel: () => stream?.end('cut'),
      read: (take) =>
        new Promise((resolve) => {
          let cancel = (): void => undefined;
          const end = (how: HttpEnd): void => {
            cancel();
            if (stream !== null) this.streams.delete(stream);
            resolve(how);
          };
          const watch = (): void => {
            cancel();
            cancel = this.clock.after('silence', silenceMs, () => end('silent'));
          };
          watch();
          stream = {
            take: (bytes, at) => {
              watch();
              take(bytes, at);
            },
            end,
          };
          this.streams.add(stream);
        }),
    };
  }
}

const times = { noticeMs: 120_000, returnMs: 180_000 };

describe('camera-isapi', () => {
  const config = isapi.config.parse({ address: '192.0.2.64', user: 'admin', passwordFile: 'pw' });
  const checks = conformance({
    driver: isapi,
    examples: [example('../../drivers/camera-isapi/example.yaml')],
    ...times,
    make: async () => {
      const camera = new MemoryCamera((ctx) => isapi.create(ctx, config), null);
      return camera.harness({
        unreadablePush: camera.making('unreadable'),
        streamDown: camera.making('unplug'),
        wrongPassword: camera.making('wrongPassword'),
      });
    },
  });
  it.each(checks.map((check) => [check.name, check] as const))('%s', (_name, check) => check.run());
});

describe('camera-http', () => {
  const written = example('../../drivers/camera-http/example.yaml');
  const config = httpCamera.config.parse(written);
  const checks = conformance({
    driver: httpCamera,
    examples: [written, example('../../drivers/camera-http/example-axis.yaml')],
    ...times,
    make: async () => {
      const push = (car: number) => vzenithBody({ plate: `苏A${car}`, id: car });
      const camera = new MemoryCamera((ctx) => httpCamera.create(ctx, config), push);
      return camera.harness({ unreadablePush: camera.making('unreadable') });
    },
  });
  it.each(checks.map((check) => [check.name, check] as const))('%s', (_name, check) => check.run());
});
