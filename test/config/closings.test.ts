import { describe, expect, it } from 'vitest';
import { bus, load, sensed, site } from './fakes.ts';

const limits = 'inputs: { openLimit: 1, closedLimit: 2 }';
const eye = 'inputs: { obstruction: { at: 1, detects: both } }';
const radarLine = '  radar-net: { type: modbus-tcp, host: 10.0.0.7 }\n';
const lane = (id: string, barrier: string, more: string) =>
  `  ${id}: { name: N, direction: in, barrier: ${barrier}, commissioned: true${more} }\n`;

function room(lines: string, devices: string, lanes: string): Readonly<Record<string, number>> {
  const result = load({ 'a.yaml': site + bus + lines, 'x.yaml': `devices:\n${devices}lanes:\n${lanes}` });
  expect(result.problems.filter((one) => one.severity === 'error')).toEqual([]);
  return result.site?.closingsAtOnce ?? {};
}

describe('the booms that a line lets close at once', () => {
  it('count where the radar that watches them is on a line of its own', () => {
    const devices = `  b: { driver: board, line: bus, unit: 1, ${limits} }\n  r: { driver: board, line: radar-net, unit: 1, ${eye} }\n`;
    expect(room(radarLine, devices, lane('in', 'b', ', sensors: [r], autoClose: gateway'))).toEqual({
      bus: 1,
      'radar-net': 0,
    });
  });

  it('are none where no obstruction is seen at all', () => {
    expect(room('', `  b: { driver: board, line: bus, unit: 1, ${limits} }\n`, lane('in', 'b', ''))).toEqual({
      bus: 0,
    });
  });

  it('leave out a boom that opens by a step input, whatever else it has: what its next pulse does to a closing boom is not known', () => {
    const boom = (more: string) => `  b: { driver: board, line: bus, unit: 1, ${more}${sensed} }\n`;
    expect(room('', boom(''), lane('in', 'b', ''))).toEqual({ bus: 1 });
    expect(room('', boom('openInput: step, '), lane('in', 'b', ''))).toEqual({ bus: 0 });
    expect(room('', boom('openInput: step, hold: maintained, close: pulse, '), lane('in', 'b', ''))).toEqual({
      bus: 0,
    });
  });

  it('are bounded by the line of the sensors where that one is the slower', () => {
    const n = 6;
    const each = (make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i)).join('');
    const slow = '  slow: { type: modbus-rtu, port: /dev/serial/by-id/usb-s, baud: 9600 }\n';
    const booms = each((i) => `  b${i}: { driver: board, line: bus, unit: ${i + 1}, poll: 1s, ${limits} }\n`);
    const eyes = each((i) => `  r${i}: { driver: board, line: slow, unit: ${i + 1}, poll: 1s, ${eye} }\n`);
    const lanes = each((i) => lane(`l${i}`, `b${i}`, `, sensors: [r${i}]`));
    expect(room(slow, booms + eyes, lanes).bus).toBe(4);
    const own = each((i) => `  b${i}: { driver: board, line: bus, unit: ${i + 1}, poll: 1s, ${sensed} }\n`);
    expect(room('', own + eyes.replaceAll('slow', 'bus').replace(/unit: (\d)/g, 'unit: 1$1'), lanes).bus).toBe(n);
  });
});

describe('how many booms may close at once', () => {
  const told = (n: number, more = '', baud = 115_200) => {
    const devices = Array.from(
      { length: n },
      (_, i) => `  b${i}: { driver: board, line: bus, unit: ${i + 1}, poll: 1s, ${more}${sensed} }\n`,
    ).join('');
    const lanes = Array.from({ length: n }, (_, i) => lane(`l${i}`, `b${i}`, '')).join('');
    return load({
      'a.yaml': site + bus.replace('115200', String(baud)),
      'x.yaml': `devices:\n${devices}lanes:\n${lanes}`,
    })
      .problems.filter((one) => /^I-CLOSINGS|^W-BUDGET/.test(one.code))
      .map(({ code, severity, path, message }) => [
        code,
        severity,
        path,
        /\b(\d+) (?:of|booms)|\((\d+)\)/.exec(message.en)?.slice(1).join(''),
      ]);
  };

  it('is told of every line with such booms, also where all of them may', () => {
    expect(told(2)).toEqual([['I-CLOSINGS-ALL', 'info', 'lines.bus', '2']]);
    expect(told(6, '', 9600)).toEqual([['I-CLOSINGS', 'info', 'lines.bus', '4']]);
    expect(told(2, '', 2400)).toEqual([['W-BUDGET', 'warning', 'lines.bus', '0']]);
  });

  it('is told of no line that has none', () => {
    expect(told(2, 'openInput: step, ')).toEqual([]);
    expect(told(0)).toEqual([]);
  });
});

describe('one camera twice in one two-way lane', () => {
  const twice = (channels: readonly string[]) =>
    load({
      'a.yaml': site + bus,
      'x.yaml': `devices:\n  c: { driver: camera, address: 10.0.0.2 }\nlanes:\n  l: { name: N, direction: both, cameras: [${[
        'in',
        'out',
      ]
        .map((direction, i) => `{ device: c, direction: ${direction}${channels[i]} }`)
        .join(', ')}] }\n`,
    }).problems.filter((one) => one.code === 'E-CAMERA-SHARED');

  it('needs a channel for each direction: without, nobody knows which way a car was read', () => {
    expect(twice(['', ''])).toHaveLength(1);
    expect(twice([', channel: 1', ''])).toHaveLength(1);
    expect(twice([', channel: 1', ', channel: 1'])).toHaveLength(1);
    expect(twice([', channel: 1', ', channel: 2'])).toEqual([]);
  });
});
