import { expect, it } from 'vitest';
import { nextLastKnownGood, noneKnown, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { bus, drivers, load, nowWall, sensed, site } from './fakes.ts';

const options = { drivers, nowWall };
const devices = `devices:
  a: { driver: board, line: bus, unit: 1, ${sensed} }
  b: { driver: board, line: bus, unit: 2, ${sensed} }
`;
const east = '  east: { name: 东门, direction: in, barrier: a, commissioned: true }\n';
const west = '  west: { name: 西门, direction: out, barrier: b, commissioned: true }\n';
const whole = `${site}${bus}${devices}lanes:\n${east}${west}`;

function good() {
  const loaded = load({ 'site.yaml': whole });
  return nextLastKnownGood(resolveWithLastKnownGood(loaded, noneKnown, options), loaded, noneKnown, 1000);
}

function running(text: string) {
  const found = resolveWithLastKnownGood(load({ 'site.yaml': text }), good(), options);
  return { lanes: found.site?.lanes.map(({ id }) => id), faults: found.faults.map(({ subject }) => subject) };
}

it('a file that is cut off before its lanes, and is sound as far as it goes, takes no lane out, and a fault says so', () => {
  const { lanes, faults } = running(`${site}${bus}${devices}`);
  expect(lanes).toEqual(['east', 'west']);
  expect(faults.length).toBeGreaterThan(0);
});

it('a file that is cut off in the middle of a device takes out no lane', () => {
  const { lanes, faults } = running(`${site}${bus}devices:\n  a: { driver: board, line: bus }\n`);
  expect(lanes).toEqual(['east', 'west']);
  expect(faults.length).toBeGreaterThan(0);
});

it('a lane that is left out of a file without an error is taken out, and nothing is said', () => {
  expect(running(`${site}${bus}${devices}lanes:\n${east}`)).toEqual({ lanes: ['east'], faults: [] });
});
