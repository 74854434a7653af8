import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import board from '../../drivers/barrier-modbus/index.ts';
import { loadFrom } from '../../src/config/load.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { bus, memoryDisk, nowWall, site } from './fakes.ts';

const profile = readFileSync(new URL('waveshare-8.yaml', board.profiles?.folder), 'utf8');
const drivers = [board] as readonly AnyDriver[];

function pairs(boards: readonly string[]): readonly string[] {
  const named = boards.map(
    (inputs, at) =>
      `  b${at}: { driver: barrier-modbus, line: bus, unit: ${at + 1}, profile: waveshare-8, inputs: { ${inputs} } }\n`,
  );
  const sensors = boards.slice(1).map((_, at) => `b${at + 1}`);
  const lane = `lanes:\n  in: { name: N, direction: in, barrier: b0, sensors: [${sensors.join(', ')}], commissioned: true }\n`;
  const text = `devices:\n${named.join('')}${lane}`;
  const { problems } = loadFrom(memoryDisk({ 'a.yaml': site + bus, 'x.yaml': text }, { 'waveshare-8': profile }), {
    ...{ drivers, nowWall },
  });
  return problems.flatMap(({ code, path }) => (code === 'E-FIRE-PAIR' ? [path] : []));
}

const whole = 'fire: { at: 1, supervision: pair }, fireNo: 2';

it('a second supervised contact is in error while only the first has its other half', () => {
  expect(pairs([`${whole}, fire2: { at: 3, supervision: pair }`])).toEqual(['devices.b0.inputs.fire2']);
  expect(pairs([`${whole}, fire2: { at: 3, supervision: pair }, fireNo2: 4`])).toEqual([]);
});

it('a half on another board is none: they are not read together', () => {
  expect(pairs(['fire: { at: 1, supervision: pair }', 'fire: 1, fireNo: 2'])).toEqual(['devices.b0.inputs.fire']);
  expect(pairs([whole, 'fire: 1'])).toEqual([]);
});

it('a normally open half without its contact is in error', () => {
  expect(pairs(['fire: 1, fireNo2: 2'])).toEqual(['devices.b0.inputs.fireNo2']);
});
