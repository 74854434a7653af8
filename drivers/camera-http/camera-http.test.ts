import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { HttpAnswer, HttpDelivery, Receipt } from '../../src/contract/driver.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { encodeGbk } from '../../src/wire/gbk.ts';
import camera from './index.ts';
import { at, fillReply } from './message.ts';
import { axisBody, formBody, formData, type TwinBody, vzenithBody, vzenithHeartbeat } from './twin.ts';

const textOf = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

function example(name: string): Record<string, unknown> {
  const { driver, ...own }: Record<string, unknown> = parse(textOf(name));
  expect(driver).toBe('camera-http');
  return own;
}

const profiles: Record<string, Record<string, unknown>> = {
  vzenith: example('./example.yaml'),
  axis: example('./example-axis.yaml'),
  form: { address: '192.0.2.5', pushPathFile: 'p', fields: { plate: 'plate', confidence: { at: 'conf', scale: 255 } } },
};

function bench(profile: string | Record<string, unknown>) {
  const written = typeof profile === 'string' ? profiles[profile] : profile;
  const config = camera.config.parse(written);
  const clock = new ManualClock();
  const seen: Observation[] = [];
  const faults: string[] = [];
  const state: { receipt: Receipt; take: ((delivery: HttpDelivery) => Promise<HttpAnswer>) | null } = {
    receipt: 'recorded',
    take: null,
  };
  const stop = new AbortController();
  const driver = camera.create(
    {
      device: 'cam',
      line: {
        id: 'cam',
        onDelivery: (take) => {
          state.take = take;
        },
        fetch: async () => ({ ok: false, why: 'unreachable', detail: '', retryAfterMs: null }),
      },
      clock,
      emit: async (observation) => {
        seen.push(observation);
        return state.receipt;
      },
      raise: (fault, detail) => faults.push(`${fault} raised ${detail}`),
      clear: (fault) => faults.push(`${fault} cleared`),
      log: { info: () => undefined, warn: () => undefined },
      signal: stop.signal,
      secret: () => 's',
    },
    config,
  );
  const push = async (body: Uint8Array, contentType?: string): Promise<HttpAnswer> => {
    const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
    const answer = await state.take?.({
      method: 'POST',
      path: '',
      headers,
      remoteAddress: 'x',
      receivedAt: clock.mono(),
      body,
    });
    if (answer === undefined) throw new Error('nobody takes deliveries');
    return answer;
  };
  const send = (twin: TwinBody): Promise<HttpAnswer> => push(twin.body, twin.contentType);
  return { driver, clock, seen, faults, state, push, send, stop };
}

interface Vector {
  readonly name: string;
  readonly profile: string;
  readonly contentType: string;
  readonly body: string;
  readonly expect: Readonly<Record<string, unknown>>;
}
const vectors: { readonly vectors: readonly Vector[] } = JSON.parse(textOf('./vectors.json'));

describe('a camera whose fields are mapped in YAML', () => {
  it.each(vectors.vectors.map((each) => [each.name, each] as const))('reads %s', async (_name, vector) => {
    const { push, seen } = bench(vector.profile);
    expect((await push(Buffer.from(vector.body), vector.contentType)).status).toBe(200);
    expect(seen).toEqual([expect.objectContaining({ kind: 'plateRead', device: 'cam', ...vector.expect })]);
  });

  it('answers a Vzenith camera so that it sends nothing again, and opens nothing itself', async () => {
    const { send } = bench('vzenith');
    const answer = await send(vzenithBody({ plate: '浙B7K2M9', id: 40712 }));
    expect(answer.contentType).toBe('application/json');
    expect(JSON.parse(answer.body ?? '')).toEqual({
      Response_AlarmInfoPlate: { info: 'no', content: 'retransfer_stop', plateid: '40712' },
    });
  });

  it('takes a Vzenith registration as a sign of life and keeps nothing of it', async () => {
    const { send, seen, faults } = bench('vzenith');
    expect((await send(vzenithHeartbeat())).status).toBe(200);
    expect(seen).toEqual([]);
    expect(faults.filter((each) => each.includes('raised'))).toEqual([]);
  });

  it('takes an Axis car once when it is new and not again when it is lost', async () => {
    const { send, seen } = bench('axis');
    await send(axisBody({ plate: 'KLM204', id: 5 }, 'new'));
    await send(axisBody({ plate: 'KLM204', id: 5 }, 'lost'));
    expect(seen).toHaveLength(1);
  });

  it('reads forms, multipart forms with a picture, and GBK', async () => {
    const { send, push, seen } = bench('form');
    await send(formBody({ plate: '浙B7K2M9', conf: '255' }));
    await send(formData({ plate: '浙B7K2M8', conf: '51' }, Uint8Array.of(0xff, 0xd8, 0xff, 1, 0xff, 0xd9)));
    await push(encodeGbk('{"plate":"浙B7K2M7"}'), 'application/json; charset=GBK');
    expect(seen.map((each) => (each.kind === 'plateRead' ? [each.raw, each.confidence, each.vendor] : null))).toEqual([
      ['浙B7K2M9', 1, {}],
      ['浙B7K2M8', 0.2, { pictures: [{ bytes: 6, whole: true }] }],
      ['浙B7K2M7', null, {}],
    ]);
  });

  it('answers 503 when the read was refused, so that the camera sends it again', async () => {
    const { send, state } = bench('vzenith');
    state.receipt = 'refused';
    expect((await send(vzenithBody({ plate: '浙B7K2M9', id: 1 }))).status).toBe(503);
    state.receipt = 'held';
    expect((await send(vzenithBody({ plate: '浙B7K2M9', id: 1 }))).status).toBe(200);
  });

  it('raises unreadablePush with a hash for an unknown shape, and clears it with the next good one', async () => {
    const { push, send, faults, seen } = bench('vzenith');
    expect((await push(Buffer.from('{"other":1}'), 'application/json')).status).toBe(200);
    expect(faults).toEqual([
      expect.stringMatching(/^unreadablePush raised no plate field in it \(11 bytes, sha256 [0-9a-f]{12}\)$/),
    ]);
    await send(vzenithBody({ plate: '浙B7K2M9', id: 1 }));
    expect(faults.at(-1)).toBe('unreadablePush cleared');
    expect(seen).toHaveLength(1);
  });

  it('never throws and never reads a plate out of hostile bodies', async () => {
    const { push, seen } = bench('vzenith');
    const bombs = [
      '['.repeat(1_000_000),
      '{"a":'.repeat(10_000),
      '',
      '\x00',
      'a=1&'.repeat(5000),
      '--x\r\n'.repeat(10_000),
    ];
    const types = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'x'];
    for (const bomb of bombs) for (const type of types) expect((await push(Buffer.from(bomb), type)).status).toBe(200);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...types), async (bytes, type) => {
        expect((await push(bytes, type)).status).toBe(200);
      }),
      { numRuns: 300 },
    );
    expect(seen).toEqual([]);
  });

  it('says that a camera is silent after the time configured, and that it is back', async () => {
    const { driver, clock, send, seen, stop } = bench('vzenith');
    await driver.start();
    await clock.pass(90_000);
    await send(vzenithHeartbeat());
    await clock.pass(94_000);
    expect(seen).toEqual([]);
    await clock.pass(1001);
    expect(seen.map((each) => each.kind)).toEqual(['deviceSilent']);
    await send(vzenithHeartbeat());
    expect(seen.map((each) => each.kind)).toEqual(['deviceSilent', 'deviceReturned']);
    stop.abort();
    await driver.stop();
    expect(clock.timers()).toEqual([]);
  });

  it('finds places by names and array positions, and nothing by inherited names', () => {
    const tree = { a: [{ b: 1 }, { b: 2 }] };
    expect(at(tree, 'a[1].b')).toBe(2);
    expect(at(tree, 'a.0.b')).toBe(1);
    for (const place of ['a.length', 'constructor', '__proto__', 'a[9].b', 'a.b'])
      expect(at(tree, place)).toBeUndefined();
  });

  it('keeps what a camera sends inside the string of the reply', () => {
    expect(fillReply('{"id":"{{x}}"}', { x: '","info":"ok' })).toBe('{"id":"\\",\\"info\\":\\"ok"}');
  });

  it('refuses a configuration without a secret path, with a typo, or with a bad place', () => {
    const good = profiles.form ?? {};
    expect(camera.config.safeParse(good).success).toBe(true);
    for (const bad of [
      { ...good, pushPathFile: undefined },
      { ...good, filds: {} },
      { ...good, fields: { plate: 'a..b' } },
    ]) {
      expect(camera.config.safeParse(bad).success).toBe(false);
    }
  });
});
