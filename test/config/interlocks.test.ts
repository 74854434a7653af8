import { describe, expect, it } from 'vitest';
import { nextLastKnownGood, noneKnown, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { bus, drivers, type Files, load, nowWall, sensed, site } from './fakes.ts';

const options = { drivers, nowWall };
const files = (lanes: string, inner = sensed): Files => ({
  'site.yaml': site + bus,
  'gate.yaml': `devices:
  a: { driver: board, line: bus, unit: 1, ${sensed} }
  b: { driver: board, line: bus, unit: 2, ${inner} }
lanes:
  outer: { name: 外门, direction: both, barrier: a, commissioned: true }
  inner: { name: 内门, direction: both, barrier: b, commissioned: true }
interlocks:
  garage: { name: 地库双门, lanes: ${lanes} }
`,
});
const sound = files('[outer, inner]');
const told = (of: Files) =>
  load(of).problems.flatMap(({ code, path, hint }) => (/INTERLOCK|E-LANE/.test(code) ? [[code, path, hint?.en]] : []));
const resolve = (of: Files, known = noneKnown) => resolveWithLastKnownGood(load(of), known, options);

describe('an interlock', () => {
  it('is compiled with its lanes from the outside to the inside', () => {
    expect(told(sound)).toEqual([]);
    expect(load(sound).site?.interlocks).toEqual([{ id: 'garage', name: '地库双门', lanes: ['outer', 'inner'] }]);
    expect(load(files('[inner, outer]')).site?.interlocks[0]?.lanes).toEqual(['inner', 'outer']);
  });

  it('asks for portals that can be measured closed, each once, by their names', () => {
    const unseen = sensed.replace('closedLimit: 2, ', '');
    expect(unseen).not.toBe(sensed);
    expect(told(files('[outer, inner]', unseen))).toEqual([
      ['E-INTERLOCK-UNSEEN', 'interlocks.garage.lanes.1', expect.stringContaining('wire closedLimit')],
    ]);
    expect(told(files('[outer, outer]')).map(([code, path]) => [code, path])).toEqual([
      ['E-INTERLOCK-TWICE', 'interlocks.garage.lanes.1'],
    ]);
    expect(told(files('[outer, iner]'))).toEqual([
      ['E-LANE-UNKNOWN', 'interlocks.garage.lanes.1', 'did you mean "inner"?'],
    ]);
  });

  it('with fewer than two lanes is none', () => {
    const [problem] = load(files('[outer]')).problems.filter(({ severity }) => severity === 'error');
    expect([problem?.code, problem?.path]).toEqual(['E-RANGE', 'interlocks.garage.lanes']);
  });

  it('keeps what it was where a change of it, or of a barrier in it, is in error', () => {
    const known = nextLastKnownGood(resolve(sound), load(sound), noneKnown, 1000);
    expect(resolve(files('[outer, iner]'), known).site?.interlocks[0]?.lanes).toEqual(['outer', 'inner']);
    const running = resolve(files('[outer, inner]', sensed.replace('closedLimit: 2, ', '')), known);
    expect(running.site?.lanes[1]?.portal).toMatchObject({ device: 'b', hasClosedLimit: true });
    expect(running.site?.interlocks[0]?.lanes).toEqual(['outer', 'inner']);
  });

  it('that names what is not there binds what is there all the same, and takes no lane away', () => {
    const running = resolve(files('[outer, iner]'));
    expect(running.site?.lanes.map(({ id }) => id)).toEqual(['outer', 'inner']);
    expect(running.site?.interlocks[0]?.lanes).toEqual(['outer', 'iner']);
    expect(running.faults.map(({ code }) => code)).toEqual(['configRejected']);
  });

  it('that cannot be taken at all says that its portals may stand open together', () => {
    const running = resolve(files('outer'));
    expect(running.site?.interlocks).toEqual([]);
    expect(JSON.stringify(running.faults)).toContain('may stand open together');
  });
});
