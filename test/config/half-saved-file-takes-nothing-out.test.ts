import { describe, expect, it } from 'vitest';
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

describe('a file that is cut off within what a lane stands on, and is sound as far as it goes', () => {
  const kept = (text: string) => {
    const { site: model, field } = resolveWithLastKnownGood(load({ 'site.yaml': text }), good(), options);
    return { inputs: model?.lanes.map(({ inputs }) => inputs.map(({ id }) => id)), ...field };
  };
  const before = kept(whole);

  it('leaves the lane the sensors of its board', () => {
    expect(before.inputs?.flat()).toContain('obstruction');
    const cut = kept(`${site}${bus}devices:\n  a: { driver: board, line: bus, unit: 1 }\n`);
    expect(cut.inputs).toEqual(before.inputs);
    expect(cut.devices).toEqual(before.devices);
  });

  it('leaves its board the line as it was', () => {
    const cut = kept(`${site}lines:\n  bus: { type: modbus-tcp, host: 10.0.0.9 }\n`);
    expect(cut.lines).toEqual(before.lines);
  });

  it('changes a board as it is written where the lane is written too, whatever else is in error', () => {
    const changed = whole.replace('unit: 2', 'unit: 7').replace('direction: in', 'direction: inn');
    expect(kept(changed).devices.map(({ config }) => (config as { unit: number }).unit)).toEqual([1, 7]);
  });
});
