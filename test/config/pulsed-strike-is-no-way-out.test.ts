/** A strike that a pulse releases bolts again by itself: nothing can hold it released for whoever must get out. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import board from '../../drivers/barrier-modbus/index.ts';
import { loadFrom } from '../../src/config/load.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { bus, memoryDisk, nowWall, site } from './fakes.ts';

const profile = readFileSync(new URL('waveshare-8.yaml', board.profiles?.folder), 'utf8');
const drivers = [board] as readonly AnyDriver[];

function errors(door: string, lane: string, routes = ''): readonly string[] {
  const text = `devices:
  d: { driver: barrier-modbus, line: bus, unit: 1, profile: waveshare-8, portal: door${door}, inputs: { doorContact: 1, rex: 2 } }
lanes:
  gate: { name: 小门, direction: out, door: d, commissioned: true${lane} }
${routes}`;
  const { problems } = loadFrom(memoryDisk({ 'a.yaml': site + bus, 'x.yaml': text }, { 'waveshare-8': profile }), {
    ...{ drivers, nowWall },
  });
  return problems.flatMap(({ code }) => (code.startsWith('E') ? [code] : []));
}

const route = 'routes:\n  north: { name: 北门, lanes: [gate], direction: in }\n';

it('a door with a pulsed strike is refused on an escape route and on a route of the fire engines', () => {
  expect(errors(', lock: pulseReleases', ', escapeRoute: true')).toEqual(['E-ESCAPE-SECURE']);
  expect(errors(', lock: pulseReleases', '', route)).toEqual(['E-ROUTE-SECURE']);
  expect(errors(', lock: pulseReleases, fail: safe', ', escapeRoute: true')).toEqual(['E-ESCAPE-SECURE']);
});

it('and is taken elsewhere, as a lock that is held released is everywhere', () => {
  expect(errors(', lock: pulseReleases', '')).toEqual([]);
  expect(errors('', ', escapeRoute: true', route)).toEqual([]);
});
