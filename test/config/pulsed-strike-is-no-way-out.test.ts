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
  return codes(door, lane, routes).filter((code) => code.startsWith('E'));
}

function codes(door: string, lane: string, routes = '', inputs = ''): readonly string[] {
  const text = `devices:
  d: { driver: barrier-modbus, line: bus, unit: 1, profile: waveshare-8, portal: door${door}, inputs: { doorContact: 1, rex: 2${inputs} } }
lanes:
  gate: { name: 小门, direction: out, door: d, commissioned: true${lane} }
${routes}`;
  const { problems } = loadFrom(memoryDisk({ 'a.yaml': site + bus, 'x.yaml': text }, { 'waveshare-8': profile }), {
    ...{ drivers, nowWall },
  });
  return problems.map(({ code }) => code);
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

it('is told of to whoever lets an emergency reach it, for the lock will not stay open', () => {
  const reached = codes(', lock: pulseReleases', '', '', ', fire: 3');
  expect(reached).toContain('W-REACH-PULSED');
  expect(codes('', '', '', ', fire: 3')).not.toContain('W-REACH-PULSED');
  expect(codes(', lock: pulseReleases', '', '', ', button: 3')).not.toContain('W-REACH-PULSED');
  expect(codes(', lock: pulseReleases', '', '', ', button: { at: 3, reach: site }')).toContain('W-REACH-PULSED');
});
