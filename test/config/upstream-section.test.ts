import { describe, expect, it } from 'vitest';
import { noneKnown, nextLastKnownGood, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { bus, drivers, load, nowWall, sensed, site } from './fakes.ts';

const gate = `${site}${bus}devices:\n  b: { driver: board, line: bus, unit: 1, ${sensed} }\nlanes:\n  in: { name: N, direction: in, barrier: b, commissioned: true }\n`;
const resolve = (text: string, known = noneKnown) => {
  const loaded = load({ 'a.yaml': gate, 'x.yaml': text });
  return { loaded, running: resolveWithLastKnownGood(loaded, known, { drivers, nowWall }) };
};

describe('the upstream section', () => {
  it('takes its port from tls, and its names from the site', () => {
    expect(resolve('upstream: { host: mqtt.example.cn }\n').running.upstream).toMatchObject({
      ...{ port: 8883, tls: true, protocol: 5, clientId: 'gatehouse-lanxiu', prefix: 'gatehouse/lanxiu' },
      ...{ personal: 'full', keepalive: 20_000 },
    });
    expect(resolve('upstream: { host: 10.0.0.9, tls: false, protocol: 3.1.1 }\n').running.upstream).toMatchObject({
      ...{ port: 1883, protocol: '3.1.1' },
    });
    expect(resolve('').running.upstream).toBeNull();
  });

  it.each(['a/#', '+/b', '/a', 'a/', '$SYS/a', '', 'a\u0007'])(
    'refuses the prefix %j, whatever it would match',
    (prefix) => {
      const { loaded } = resolve(`upstream: { host: mqtt.example.cn, prefix: ${JSON.stringify(prefix)} }\n`);
      expect(loaded.problems.map(({ severity }) => severity)).toContain('error');
    },
  );

  it('in error runs as it last did, or not at all, and takes no lane with it', () => {
    const good = resolve('upstream: { host: mqtt.example.cn, user: a }\n');
    const known = nextLastKnownGood(good.running, good.loaded, noneKnown, nowWall);
    const bad = resolve('upstream: { host: mqtt.example.cn, usr: b }\n', known).running;
    expect(bad.upstream).toMatchObject({ user: 'a' });
    expect(bad.site?.lanes).toHaveLength(1);
    const fresh = resolve('upstream: { host: mqtt.example.cn, usr: b }\n').running;
    expect(fresh.upstream).toBeNull();
    expect(fresh.site?.lanes).toHaveLength(1);
    expect(fresh.faults[0]?.effect.en).toContain('kept here');
  });

  it('keeps names of secrets only', () => {
    const good = resolve('upstream: { host: mqtt.example.cn, user: a, passwordFile: p.secret }\n');
    expect(JSON.stringify(nextLastKnownGood(good.running, good.loaded, noneKnown, nowWall))).toContain('p.secret');
    const inline = load({ 'a.yaml': gate, 'x.yaml': 'upstream: { host: mqtt.example.cn, password: hunter2 }\n' });
    expect(inline.problems[0]?.code).toBe('E-SECRET-INLINE');
    expect(JSON.stringify(inline.problems)).not.toContain('hunter2');
  });
});
