/** Boards that several lanes share, as a technician writes them for the real driver. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../src/config/load.ts';
import { loadFrom } from '../../src/config/load.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import driver from '../../drivers/barrier-modbus/index.ts';
import { board, memoryDisk, nowWall, site } from './fakes.ts';

const folder = new URL('../../drivers/barrier-modbus/profiles/', import.meta.url);
const names = ['waveshare-8', 'jydam'];
const profiles = Object.fromEntries(names.map((name) => [name, readFileSync(new URL(`${name}.yaml`, folder), 'utf8')]));
const line = 'lines:\n  bus: { type: modbus-rtu, port: /dev/serial/by-id/usb-b, baud: 9600 }\n';
const lanesOf = (ids: readonly string[]) =>
  `lanes:\n${ids.map((id) => `  ${id}: { name: N, direction: in, barrier: ${id}-boom, commissioned: true }\n`).join('')}`;
const boom = (id: string, more: string, profile = 'waveshare-8') =>
  `  ${id}-boom: { driver: barrier-modbus, line: bus, unit: 1, profile: ${profile}, hold: maintained${more} }\n`;
const own = (nth: number) =>
  `, relays: { open: ${nth}, close: ${nth + 4} }, inputs: { closedLimit: ${nth}, obstruction: { at: ${nth + 4}, detects: both } }`;

function load(devices: string, ids: readonly string[]): LoadResult {
  const drivers = [driver as AnyDriver, board];
  const files = { 'a.yaml': site + line, 'x.yaml': `devices:\n${devices}`, 'y.yaml': lanesOf(ids) };
  return loadFrom(memoryDisk(files, profiles), { drivers, nowWall });
}

const errors = ({ problems }: LoadResult) =>
  problems.flatMap((one) => (one.severity === 'error' ? [`${one.file}:${one.line}:${one.col} ${one.code}`] : []));

describe('one board', () => {
  it('carries four lanes, and its line lets all four close at once: one read watches them', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const shared = load(ids.map((id, nth) => boom(id, own(nth + 1))).join(''), ids);
    expect(errors(shared)).toEqual([]);
    expect(shared.site?.closingsAtOnce).toEqual({ bus: 4 });
    expect(shared.field?.devices).toHaveLength(4);
  });

  it('does not give one relay or input to two lanes: both are named, with the place and the numbers', () => {
    const { problems } = load(boom('a', own(1)) + boom('b', own(1).replace('open: 1', 'open: 2')), ['a', 'b']);
    const [found] = problems.filter((one) => one.severity === 'error');
    const text = `devices:\n${boom('a', own(1))}${boom('b', own(1).replace('open: 1', 'open: 2'))}`;
    expect(found).toMatchObject({ code: 'E-CHANNEL-SHARED', file: 'x.yaml', line: 3 });
    expect(text.split('\n')[2]?.slice((found?.col ?? 0) - 1)).toMatch(/^5 \}, inputs/);
    expect(found?.message.en).toBe('"a-boom" already has relay 5, input 1, input 5 of unit 1');
    expect(found?.message.zh).toBe('"a-boom" 已占用站号 1 的继电器 5、输入 1、输入 5');
  });

  it('counts the relays that a device has by default', () => {
    const { problems } = load(boom('a', '') + boom('b', ''), ['a', 'b']);
    const [found] = problems.filter((one) => one.severity === 'error');
    expect(found).toMatchObject({ code: 'E-CHANNEL-SHARED', line: 3 });
    expect(found?.message.en).toContain('relay 1, relay 2');
  });

  it('points at the feedback output of a fire contact where that is another lane’s relay', () => {
    const fire = own(2).replace('inputs: { ', 'inputs: { fire: { at: 3, reach: site, feedback: 5 }, ');
    const devices = boom('a', own(1)) + boom('b', fire);
    const column = boom('b', fire).indexOf('feedback: 5') + 'feedback: '.length + 1;
    expect(errors(load(devices, ['a', 'b']))).toEqual([`x.yaml:3:${column} E-CHANNEL-SHARED`]);
  });

  it('carries a door beside a boom', () => {
    const door =
      '  door: { driver: barrier-modbus, line: bus, unit: 1, profile: waveshare-8, portal: door, relays: { lock: 8 }, inputs: { doorContact: 8 } }\n';
    const lanes = lanesOf(['a']);
    const files = {
      'a.yaml': site + line,
      'x.yaml': `devices:\n${boom('a', own(1))}${door}`,
      'y.yaml': `${lanes}  side: { name: N, direction: in, door: door, commissioned: true }\n`,
    };
    expect(errors(loadFrom(memoryDisk(files, profiles), { drivers: [driver as AnyDriver], nowWall }))).toEqual([]);
  });

  it('is one model: a lane that takes it for another is told so at its profile', () => {
    const devices = boom('a', own(1)) + boom('b', own(2), 'jydam');
    const column = boom('b', own(2), 'jydam').indexOf('jydam') + 1;
    expect(errors(load(devices, ['a', 'b']))).toEqual([`x.yaml:3:${column} E-BOARD-DIFFERS`]);
  });

  it('is not shared with a driver that does not say what it takes of it', () => {
    const other = '  meter: { driver: board, line: bus, unit: 1 }\n';
    const column = other.indexOf('unit: 1') + 7;
    expect(errors(load(boom('a', own(1)) + other, ['a']))).toEqual([`x.yaml:3:${column} E-UNIT-SHARED`]);
  });
});
