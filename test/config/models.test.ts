import { describe, expect, it } from 'vitest';
import { exitCode, type LoadResult } from '../../src/config/load.ts';
import { bus, load, sensed, site } from './fakes.ts';

/** What is told for information is no mistake. */
const mistakes = ({ problems }: LoadResult) => problems.filter(({ severity }) => severity !== 'info');

const whole = {
  'a.yaml': `\uFEFF${site}${bus}`,
  'b.yaml': `
devices:
  barrier: { driver: board, line: bus, unit: 1, travel: 4s, announce: wired, ${sensed.replace('obstruction: 3', 'obstruction: { at: 3, detects: both }, button: 5')} }
  cam: { driver: camera, address: 10.0.0.2, push: true, passwordFile: cam.secret }
lanes:
  east:
    { name: 东门, direction: both, barrier: barrier, autoClose: gateway, longVehicles: true, commissioned: true,
      cameras: [{ device: cam, direction: in, channel: 1 }, { device: cam, direction: out, channel: 2 }] }
receiver: { bind: 127.0.0.1, port: 8080 }
`,
};

describe('a sound configuration', () => {
  it('split into files, with a byte order mark, compiles with every default filled in', () => {
    const result = load(whole);
    expect(mistakes(result)).toEqual([]);
    expect(exitCode(result.problems)).toBe(0);
    const lane = result.site?.lanes[0];
    expect(lane).toMatchObject({
      id: 'east',
      directions: ['in', 'out'],
      commissioned: true,
      exitPolicy: 'free',
      onObstructionUnknown: 'stayOpen',
      portal: {
        kind: 'barrier',
        device: 'barrier',
        line: 'bus',
        autoClose: 'gateway',
        travelMs: 4000,
        announce: 'wired',
        hold: 'holdInput',
        hasOpenLimit: true,
        hasClosedLimit: true,
      },
      cameras: [
        { device: 'cam', direction: 'in', channel: 1 },
        { device: 'cam', direction: 'out', channel: 2 },
      ],
    });
    expect(lane?.timing).toEqual({
      armWindowMs: 5000,
      clearForMs: 3000,
      closeAfterClearMs: 1000,
      notTakenAfterMs: 20_000,
      heldOpenAlarmAfterMs: 60_000,
      announceMs: 3000,
      staleAfterMs: 1000,
      secondFactorWindowMs: 15_000,
      doorReleaseMs: 5000,
    });
    expect(lane?.inputs.map(({ id, role, device }) => [id, role, device])).toContainEqual([
      'button',
      'button',
      'barrier',
    ]);
    expect(result.site?.closingsAtOnce).toEqual({ bus: 1 });
    expect(result.field?.lines).toEqual([
      {
        id: 'bus',
        type: 'modbus-rtu',
        port: '/dev/serial/by-id/usb-a',
        baud: 115_200,
        dataBits: 8,
        parity: 'none',
        stopBits: 1,
      },
    ]);
    expect(result.field?.devices.find((device) => device.id === 'cam')).toMatchObject({
      driver: 'camera',
      host: 'camera',
      line: null,
      secrets: [{ name: 'cam.secret', from: 'file', path: ['passwordFile'] }],
    });
    expect(result.receiver).toEqual({ bind: '127.0.0.1', port: 8080 });
  });

  it('has one hash for one content, whatever the split, the order of keys and the comments', () => {
    const joined = load({ 'all.yaml': `# x\n${whole['b.yaml']}\n${bus}${site}` });
    expect(mistakes(joined)).toEqual([]);
    expect(joined.hash).toBe(load(whole).hash);
    expect(load({ ...whole, 'a.yaml': `${site}${bus}`.replace('兰秀', '兰香') }).hash).not.toBe(joined.hash);
  });

  it('judges staleness by the rate that an overfull line really reaches', () => {
    const units = Array.from(
      { length: 8 },
      (_, i) => `  u${i}: { driver: board, line: slow, unit: ${i + 1}, poll: 250ms, ${sensed} }\n`,
    );
    const lanes = units.map((_, i) => `  l${i}: { name: N, direction: in, barrier: u${i}, commissioned: true }\n`);
    const slow = 'lines:\n  slow: { type: modbus-rtu, port: /dev/serial/by-id/usb-s, baud: 2400 }\n';
    const result = load({ 'a.yaml': `${site}${slow}devices:\n${units.join('')}lanes:\n${lanes.join('')}` });
    expect(exitCode(result.problems)).toBe(2);
    const hz = Number(/about ([\d.]+) Hz/.exec(result.problems[0]?.message.en ?? '')?.[1]);
    expect(result.site?.lanes[0]?.timing.staleAfterMs).toBeGreaterThanOrEqual(3000 / (hz + 0.05));
  });

  it('of 300 lanes loads whole', () => {
    const n = 300;
    const text = (make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i)).join('');
    const result = load({
      'a.yaml': `${site}lines:\n${text((i) => `  n${i}: { type: modbus-tcp, host: 10.0.${i >> 8}.${i & 255} }\n`)}`,
      'b.yaml': `devices:\n${text((i) => `  b${i}: { driver: board, line: n${i}, unit: 1, ${sensed} }\n`)}`,
      'c.yaml': `lanes:\n${text((i) => `  l${i}: { name: N, direction: in, barrier: b${i}, commissioned: true }\n`)}`,
    });
    expect(mistakes(result)).toEqual([]);
    expect(result.site?.lanes).toHaveLength(n);
  });
});

describe('hints', () => {
  const first = (x: string, profiles = {}) =>
    load({ 'a.yaml': site + bus, 'x.yaml': x }, profiles).problems.find((one) => one.severity === 'error');

  it('name the key that was meant', () => {
    expect(first('devices:\n  b: { driver: board, line: bus, uint: 1 }\n')?.hint?.en).toBe('did you mean "unit"?');
    expect(first('lane:\n  b: { name: N }\n')?.hint?.zh).toBe('是否想写 "lanes"？');
  });

  it('name the device, line and driver that were meant', () => {
    expect(first('devices:\n  b: { driver: bored, line: bus, unit: 1 }\n')?.hint?.en).toContain('"board"');
    expect(
      first(
        'lanes:\n  l: { name: N, direction: in, barrier: bx }\ndevices:\n  b1: { driver: board, line: bus, unit: 1 }\n',
      )?.hint?.en,
    ).toContain('"b1"');
  });

  it('show a plate that YAML took for a number as it was written', () => {
    const problem = first('lanes:\n  l: { name: 1E234, direction: in }\n');
    expect(problem?.code).toBe('E-QUOTE');
    expect(problem?.hint?.en).toBe('quote it: "1E234"');
  });

  it('tell a number without a unit from a duration', () => {
    const problem = first('lanes:\n  l: { name: N, direction: in, notTakenAfter: 20 }\n');
    expect(problem).toMatchObject({ code: 'E-FORMAT', line: 2, col: 47 });
    expect(problem?.hint?.en).toContain('3s');
  });

  it('tell a misspelt key once, not also that the right one is missing', () => {
    const { problems } = load({
      'a.yaml': site + bus,
      'x.yaml': 'devices:\n  b: { driver: board, line: bus, uint: 1 }\n',
    });
    expect(problems.filter((one) => one.severity === 'error').map((one) => one.code)).toEqual(['E-KEY']);
  });

  it('say what is missing when a union has no branch that fits', () => {
    const problem = first('devices:\n  b: { driver: board, line: bus, unit: 1, inputs: { button: { att: 1 } } }\n');
    expect(['E-MISSING', 'E-KEY']).toContain(problem?.code);
  });

  it("point into the profile's own file", () => {
    const problem = first('devices:\n  b: { driver: board, line: bus, unit: 1, profile: mine }\n', {
      mine: 'inputs: 8\npulses: maybe\n',
    });
    expect(problem).toMatchObject({ file: 'profiles/mine.yaml', line: 2, col: 9, code: 'E-TYPE' });
    expect(problem?.sections).toEqual([{ kind: 'device', id: 'b' }]);
  });

  it('put a sound profile into the device', () => {
    const result = load(
      { 'a.yaml': site + bus, 'x.yaml': 'devices:\n  b: { driver: board, line: bus, unit: 1, profile: mine }\n' },
      { mine: 'inputs: 8\npulses: true\n' },
    );
    expect(result.field?.devices[0]?.config).toMatchObject({ profile: { inputs: 8, pulses: true } });
  });
});
