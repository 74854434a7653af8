/** The rows of `devices` beside the faults that stand: neither says what the other denies, and nothing old reads as live. */
import { describe, expect, it } from 'vitest';
import { statusText } from '../../src/cli/lanes.ts';
import type { Settings } from '../../src/cli/settings.ts';
import { lineStatus } from '../../src/field/line-status.ts';
import { UnitHealth } from '../../src/field/unit-health.ts';
import { monoNow } from '../../src/runtime/clock.ts';
import { cameraView, type FaultView, type StatusView } from '../../src/runtime/views.ts';

const settingsOf = (language: 'zh' | 'en') =>
  ({
    ...{ language, timezone: 'Asia/Shanghai', drivers: [] },
    say: (zh: string, en: string) => (language === 'zh' ? zh : en),
  }) as unknown as Settings;

const fault = (code: string, detail: unknown = {}): FaultView => ({
  ...{ code, subject: 'eye', sinceMs: 22_500, detail, role: 'camera' },
});

const status = (change: Partial<StatusView>): StatusView => ({
  ...{ site: 's', boot: 'b', pid: 1, uptimeMs: 1000, configHash: 'c'.repeat(64), wallTrusted: true, lanes: [] },
  ...{
    routes: [],
    emergencies: [],
    drill: null,
    todos: [],
    lanesNotAsWritten: [],
    devices: [],
    lines: [],
    receiver: null,
    faults: [],
    timers: [],
    upstream: null,
    list: null,
  },
  journal: { lastSeq: 1, waiting: 0, broken: null },
  ...change,
});

const devices = (change: Partial<StatusView>, language: 'zh' | 'en' = 'en') =>
  statusText('devices', status(change), settingsOf(language));

const camera = (heardAgoMs: number | null, faults: readonly FaultView[]): Partial<StatusView> => ({
  devices: [cameraView('eye', 'camera-onvif', heardAgoMs === null ? null : monoNow() - heardAgoMs, faults)],
  faults,
});

describe('the row of a camera', () => {
  it('says which faults stand where some do, whether it was ever heard or not', () => {
    const faults = [fault('wrongPassword'), fault('eventsDown', { detail: 'unauthorised: status 401' })];
    for (const heardAgoMs of [null, 60_000])
      expect(devices(camera(heardAgoMs, faults))).toMatch(
        /eye +camera-onvif +! faulty +\S.* wrongPassword, eventsDown$/m,
      );
    expect(devices(camera(null, faults), 'zh')).toMatch(/eye +camera-onvif +! 有故障 /);
  });

  it('says that nothing is wrong with one that is heard, and since when, and that nothing is known of one that is not', () => {
    expect(devices(camera(2000, []))).toMatch(/eye +camera-onvif +· no fault known +2\.\d s ago +–$/m);
    expect(devices(camera(null, []))).toMatch(/eye +camera-onvif +\? nothing heard yet +never +–$/m);
  });

  it('says why it is silent', () => {
    const faults = [fault('deviceSilent', { why: 'no answered pull for 30 s' })];
    expect(devices(camera(40_000, faults), 'zh')).toMatch(/eye +camera-onvif +! 无应答 .*30 秒没有得到应答$/m);
  });

  it('has a fault below it that says what a camera does for its lane, and not what a board does', () => {
    const text = devices(camera(null, [fault('deviceSilent')]));
    expect(text).toContain('cards and the boom work as before');
    expect(text).not.toContain('manual only');
    expect(devices(camera(null, [fault('deviceSilent')]), 'zh')).toContain('deviceSilent  已 22.5 秒');
  });
});

it('a device that answers and complains is not shown as one that only answers', () => {
  const reader = {
    id: 'ear',
    driver: 'reader-serial',
    line: 'port',
    state: 'answering',
    why: '',
    lastGoodAt: monoNow(),
  };
  expect(devices({ devices: [{ ...reader, faults: ['readerNoise'] }] })).toMatch(
    /ear .*! answers, faulty .* readerNoise$/m,
  );
  expect(devices({ devices: [{ ...reader, faults: [] }] })).toMatch(/ear .*✓ answering .* –$/m);
});

it('units of a line that is down are not shown with what they were before', () => {
  const unit = new UnitHealth(1, true);
  for (let at = 0; at < 10; at += 1) unit.answered({ fc: 1, unit: 1, address: 0, count: 8 }, 2, at * 100);
  expect(unit.answering).toBe(true);
  const line = (up: boolean) =>
    lineStatus({
      ...{ id: 'bus', usage: 0, foreign: 0, link: { up, lastProblem: up ? '' : 'connection closed', opened: 1 } },
      schedule: { queue: [], asked: 0, units: new Map([[1, unit]]), polls: [] },
    });
  expect(devices({ lines: [line(true)] })).toMatch(/bus +✓ up .* 1✓ 2 ms /);
  expect(devices({ lines: [line(false)] })).toMatch(/bus +! down .* 1\? +connection closed$/m);
  expect(line(false).units[0]?.answering).toBe(false);
});
