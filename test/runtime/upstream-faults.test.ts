import { describe, expect, it } from 'vitest';
import { isFaultCode } from '../../src/core/words/words.ts';
import { UpstreamFaults, type UpstreamSight } from '../../src/runtime/upstream-faults.ts';
import { mqttCause, ownCause } from '../../src/upstream/causes.ts';

type Told = { code: string; raised: boolean; detail: Readonly<Record<string, unknown>> };

function watched() {
  const told: Told[] = [];
  const faults = new UpstreamFaults((code, raised, detail) => void told.push({ code, raised, detail }));
  const look = (at: Partial<UpstreamSight['status']> & Partial<Omit<UpstreamSight, 'status'>>) => {
    const { nowMono = 100_000, downSince = null, waiting = 0, oldestAgeMs = null, wallTrusted = true } = at;
    const { threadLost = false, ...status } = at;
    const base = { state: 'connected', since: 0, cause: null, waiting, acknowledged: 0, last: 0 } as const;
    faults.look({
      status: { ...base, oldest: null, acknowledgedAt: null, leftOut: [], tooLarge: null, ...status },
      ...{ nowMono, downSince, waiting, oldestAgeMs, wallTrusted, threadLost },
    });
    return told.splice(0);
  };
  return { look, faults, told };
}

describe('the platform is said to be down', () => {
  const down = { state: 'waiting', cause: ownCause('ECONNREFUSED', false), downSince: 95_000 } as const;

  it('after ten seconds, once, with what waits and why; and up again when it is connected', () => {
    const { look } = watched();
    expect(look(down)).toEqual([]);
    const [raised] = look({ ...down, nowMono: 105_000, waiting: 12 });
    expect(raised).toMatchObject({ code: 'upstreamDown', raised: true, detail: { waiting: 12 } });
    expect(raised?.detail.why).toMatchObject({ zh: expect.stringContaining('拒绝'), en: expect.any(String) });
    expect(look({ ...down, nowMono: 205_000, waiting: 99 })).toEqual([]);
    expect(look({})).toEqual([{ code: 'upstreamDown', raised: false, detail: {} }]);
    expect(isFaultCode('upstreamDown')).toBe(true);
  });
});

describe('a thread that is lost', () => {
  const lost = {
    state: 'connecting',
    cause: ownCause('threadLost', true),
    downSince: 99_999,
    threadLost: true,
  } as const;

  it('is said at once and with its reason, beside an outage that stands, and is over when it is connected', () => {
    const { look } = watched();
    expect(look(lost)).toMatchObject([
      { code: 'upstreamDown', raised: true, detail: { why: { zh: expect.stringContaining('线程') } } },
    ]);
    expect(look(lost)).toEqual([]);
    const down = { state: 'waiting', cause: ownCause('ECONNREFUSED', false), downSince: 50_000 } as const;
    expect(look(down).map(({ raised }) => raised)).toEqual([false, true]);
    expect(look(lost).map(({ raised }) => raised)).toEqual([false, true]);
    expect(look({})).toMatchObject([{ code: 'upstreamDown', raised: false }]);
  });
});

describe('records that are gone', () => {
  it('are named as often as there are more, counted together, and stand though all else is well', () => {
    const { look, faults, told } = watched();
    faults.gap({ epoch: 'a', fromSeq: 5, toSeq: 9 });
    expect(told.splice(0)).toEqual([
      { code: 'upstreamGap', raised: true, detail: { epoch: 'a', fromSeq: 5, toSeq: 9, missing: 5 } },
    ]);
    faults.gap({ fromSeq: 20, toSeq: 20 });
    expect(told.splice(0)).toEqual([
      { code: 'upstreamGap', raised: false, detail: {} },
      { code: 'upstreamGap', raised: true, detail: { fromSeq: 20, toSeq: 20, missing: 6 } },
    ]);
    expect(look({})).toEqual([]);
    expect(isFaultCode('upstreamGap')).toBe(true);
  });
});

describe('what the platform does not take', () => {
  const leftOut = [{ topic: 'g/faults', cause: mqttCause(135, true) }];

  it('of the retained topics is named with its reason, over an outage too, until it is taken', () => {
    const { look } = watched();
    expect(look({ leftOut })).toMatchObject([
      { code: 'upstreamTopic', raised: true, detail: { topic: 'g/faults', count: 1, reason: 'mqtt135' } },
    ]);
    expect(look({ leftOut })).toEqual([]);
    expect(look({ state: 'connecting' })).toEqual([]);
    expect(look({})).toEqual([{ code: 'upstreamTopic', raised: false, detail: {} }]);
    expect(isFaultCode('upstreamTopic')).toBe(true);
  });

  it('whole is named with size and limit, once, until it takes one of that size', () => {
    const { look } = watched();
    const tooLarge = { seq: 10, bytes: 8000, limit: 6000 };
    expect(look({ tooLarge })).toMatchObject([{ code: 'upstreamTooLarge', raised: true, detail: tooLarge }]);
    expect(look({ tooLarge: { ...tooLarge, seq: 30 } })).toEqual([]);
    expect(look({ state: 'connecting' })).toEqual([]);
    expect(look({})).toMatchObject([{ code: 'upstreamTooLarge', raised: false }]);
    expect(isFaultCode('upstreamTooLarge')).toBe(true);
  });

  it('in any form is named by number, counted, and stands', () => {
    const { look, faults, told } = watched();
    const why = { zh: '消息超过平台的上限', en: 'too large' };
    faults.skipped({ epoch: 'a', seq: 5, why });
    faults.skipped({ epoch: 'a', seq: 9, why });
    expect(told.splice(0).map(({ raised, detail }) => [raised, detail.seq, detail.count])).toEqual([
      [true, 5, 1],
      [false, undefined, undefined],
      [true, 9, 2],
    ]);
    expect(look({})).toEqual([]);
    expect(isFaultCode('upstreamSkipped')).toBe(true);
  });
});

describe('a refusal', () => {
  it('is named by its reason at once, and anew when the reason is another', () => {
    const { look } = watched();
    const refused = (reason: number) => ({ state: 'waiting', cause: mqttCause(reason, false) }) as const;
    expect(look(refused(134))).toMatchObject([
      { code: 'upstreamRefused', raised: true, detail: { reason: 'mqtt134' } },
    ]);
    expect(look(refused(134))).toEqual([]);
    expect(look(refused(138)).map(({ raised, detail }) => [raised, detail.reason])).toEqual([
      [false, undefined],
      [true, 'mqtt138'],
    ]);
    expect(look({}).map(({ code, raised }) => [code, raised])).toEqual([['upstreamRefused', false]]);
  });

  it('for a certificate outside its dates says so where nobody vouches for our clock', () => {
    const cause = { ...ownCause('x', false), class: 'refused', code: 'CERT_NOT_YET_VALID' } as const;
    const [told] = watched().look({ state: 'waiting', cause, wallTrusted: false });
    expect(told?.detail).toMatchObject({ clockTrusted: false });
    const [trusted] = watched().look({ state: 'waiting', cause });
    expect(trusted?.detail).not.toHaveProperty('clockTrusted');
  });
});

describe('a platform that is slow', () => {
  it('is behind when the oldest waits five minutes on a connection, until it waits less than one', () => {
    const { look } = watched();
    const late = { oldestAgeMs: 400_000, waiting: 5000 };
    expect(look({ ...late, since: 90_000 })).toEqual([]);
    expect(look(late)).toMatchObject([{ code: 'upstreamBehind', raised: true }]);
    expect(look({ oldestAgeMs: 120_000, waiting: 900 })).toEqual([]);
    expect(look({ oldestAgeMs: 1000, waiting: 1 })).toMatchObject([{ code: 'upstreamBehind', raised: false }]);
  });

  it('leaves no fault behind once upstream is configured away', () => {
    const { look, faults, told } = watched();
    look({ oldestAgeMs: 400_000, waiting: 5000 });
    faults.clearAll();
    expect(told).toMatchObject([{ code: 'upstreamBehind', raised: false }]);
  });
});
