import { describe, expect, it } from 'vitest';
import { nextLastKnownGood, noneKnown, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { bus, drivers, type Files, load, nowWall, sensed, site } from './fakes.ts';

const options = { drivers, nowWall };
const fire = (reach = '') => sensed.replace('inputs: {', `inputs: { fire: { at: 9${reach} },`);
const files = (lanes: string, wiring = fire()): Files => ({
  'site.yaml': site + bus,
  'gate.yaml': `devices:
  a: { driver: board, line: bus, unit: 1, ${wiring} }
  b: { driver: board, line: bus, unit: 2, ${sensed} }
lanes:
  east-in: { name: 东进, direction: in, barrier: a, commissioned: true }
  east-out: { name: 东出, direction: out, barrier: b, commissioned: true }
routes:
  north-road: { name: 北门消防通道, lanes: ${lanes}, direction: in }
`,
});
const sound = files('[east-in, east-out]');
const codes = (of: Files) => load(of).problems.flatMap(({ code }) => (/ROUTE|LANE/.test(code) ? [code] : []));
const resolve = (of: Files, known = noneKnown) => resolveWithLastKnownGood(load(of), known, options);

describe('a route', () => {
  it('is compiled with its lanes in the order of the way, each once', () => {
    expect(codes(sound)).toEqual([]);
    expect(load(files('[east-out, east-in, east-out]')).site?.routes).toEqual([
      { id: 'north-road', name: '北门消防通道', direction: 'in', lanes: ['east-out', 'east-in'] },
    ]);
    expect(load(sound).site?.lanes[0]?.inputs.find(({ role }) => role === 'fire')?.reach).toBeUndefined();
  });

  it('and the reach of an input are asked for by name, and the nearest name is offered', () => {
    const [lane] = load(files('[east-in, eest-out]')).problems.filter(({ code }) => code === 'E-LANE-UNKNOWN');
    expect([lane?.path, lane?.hint?.en]).toEqual(['routes.north-road.lanes.1', 'did you mean "east-out"?']);
    const named = files('[east-in]', fire(', reach: [north-raod]'));
    const [route] = load(named).problems.filter(({ code }) => code === 'E-ROUTE-UNKNOWN');
    expect([route?.path, route?.hint?.zh]).toEqual(['devices.a.inputs.fire.reach.0', '是否想写 "north-road"？']);
  });

  it.each([
    ['none', '[east-out]', fire(), ['W-ROUTE-UNREACHED']],
    ['one that names it from elsewhere', '[east-out]', fire(', reach: [north-road]'), []],
    ['one of the whole site', '[east-out]', fire(', reach: site'), []],
    ['one of its lane alone', '[east-in]', fire(', reach: lane'), ['W-ROUTE-UNREACHED']],
    ['one on it', '[east-out, east-in]', fire(), []],
  ])('is reached by an input, or said to be not: %s', (_, lanes, wiring, found) => {
    expect(codes(files(lanes, wiring))).toEqual(found);
  });

  it('that names what is not there opens what is there from the first start on, under a fault (I16)', () => {
    const running = resolve(files('[east-in, eest-out]', fire(', reach: [north-raod]')));
    expect(running.site?.lanes.map(({ id }) => id)).toEqual(['east-in', 'east-out']);
    expect(running.site?.routes[0]?.lanes).toEqual(['east-in']);
    expect(running.faults.map(({ code }) => code)).toContain('configRejected');
  });

  it('keeps what it was where a change of it, or of a barrier on it, is in error', () => {
    const known = nextLastKnownGood(resolve(sound), load(sound), noneKnown, 1000);
    expect(resolve(files('[east-in, eest-out]'), known).site?.routes[0]?.lanes).toEqual(['east-in', 'east-out']);
    const pulsed = {
      ...sound,
      'gate.yaml': (sound['gate.yaml'] as string).replace('unit: 2,', 'unit: 2, hold: none,'),
    };
    const { site: model } = resolve(pulsed, known);
    expect(model?.lanes[1]?.portal).toMatchObject({ device: 'b', hold: 'holdInput' });
    expect(model?.routes[0]?.lanes).toEqual(['east-in', 'east-out']);
  });

  it('with an error of its own is missed by no input: nothing is said a second time', () => {
    const broken = files('[east-in]', fire(', reach: [north-road]'));
    const text = (broken['gate.yaml'] as string).replace('[east-in], direction: in', '[east-in], direction: north');
    const found = load({ ...broken, 'gate.yaml': text }).problems.filter(({ severity }) => severity === 'error');
    expect(found.map(({ path }) => path)).toEqual(['routes.north-road.direction']);
  });
});

it('a feedback output over lanes that are all measured open is not warned of, and over one that is not it is', () => {
  const told = (lanes: string, wiring: string) =>
    load(files(lanes, wiring)).problems.filter(({ code }) => code === 'W-FEEDBACK-UNSEEN');
  const wired = fire(', feedback: true');
  expect(told('[east-in, east-out]', wired)).toEqual([]);
  const gate = String(files('[east-in, east-out]', wired)['gate.yaml']);
  const blind = load({
    'site.yaml': site + bus,
    'gate.yaml': gate.replace(/unit: 2, .*/, 'unit: 2, inputs: {} }'),
  }).problems.filter(({ code }) => code === 'W-FEEDBACK-UNSEEN');
  expect(blind.map(({ path, message }) => [path, message.en.includes('east-out')])).toEqual([
    ['devices.a.inputs.fire.feedback', true],
  ]);
});
