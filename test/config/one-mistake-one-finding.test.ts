import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../src/config/load.ts';
import { laneOutcomes, noneKnown, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { bus, drivers, type Files, load, noFolder, nowWall, overLimit, sensed, site } from './fakes.ts';

const devices = `devices:
  a: { driver: board, line: bus, unit: 1, ${sensed} }
  b: { driver: board, line: bus, unit: 2, ${sensed} }
  cam: { driver: camera, address: 10.0.0.2 }
`;
const lanes = `lanes:
  east: { name: 东门, direction: in, barrier: a, cameras: [cam], commissioned: true }
  west: { name: 西门, direction: out, barrier: b, commissioned: true }
`;
const sound: Files = { 'site.yaml': site, 'lines.yaml': bus, 'devices.yaml': devices, 'lanes.yaml': lanes };
const coils = (text: string, unit: number) => text.replaceAll(/unit: \d/g, `unit: ${unit}, coils: [r/1, r/2]`);

/** Without what is only told for information. */
const found = ({ problems }: LoadResult) => problems.filter(({ severity }) => severity !== 'info');

/** What is written, the one finding with its place, and the sections that its one fault names at a first start. */
const mistakes: readonly [string, Files, string, string, readonly string[]][] = [
  [
    'a tab',
    { ...sound, 'devices.yaml': devices.replace('  a:', '\ta:') },
    'devices.yaml:2:1 E-TAB',
    'devices.yaml',
    ['lane:east', 'lane:west'],
  ],
  [
    'a tab in the file of a line',
    { ...sound, 'lines.yaml': bus.replace('  bus:', '\tbus:') },
    'lines.yaml:2:1 E-TAB',
    'lines.yaml',
    ['device:a', 'device:b', 'lane:east', 'lane:west'],
  ],
  [
    'a bracket that is not closed, over which the parser stumbles on',
    { ...sound, 'devices.yaml': devices.replace('obstruction: 3 }', 'obstruction: 3 ]') },
    'devices.yaml:2:98 E-SYNTAX',
    'devices.yaml',
    ['lane:east', 'lane:west'],
  ],
  [
    'a file over 1 MiB',
    { ...sound, 'devices.yaml': overLimit },
    'devices.yaml:1:1 E-SIZE',
    'devices.yaml',
    ['lane:east', 'lane:west'],
  ],
  ['one file over 1 MiB that holds everything', { 'all.yaml': overLimit }, 'all.yaml:1:1 E-SIZE', 'all.yaml', []],
  ['a folder that cannot be read', { '/etc/gatehouse': noFolder }, '/etc/gatehouse:1:1 E-FOLDER', '/etc/gatehouse', []],
  ['a folder without any file', {}, '/etc/gatehouse:1:1 E-NO-SITE', '/etc/gatehouse', []],
  [
    'a misspelt heading',
    { ...sound, 'devices.yaml': devices.replace('devices:', 'device:') },
    'devices.yaml:1:1 E-KEY',
    'devices.yaml',
    ['lane:east', 'lane:west'],
  ],
  [
    'a list where devices should be',
    { ...sound, 'devices.yaml': 'devices: []\n' },
    'devices.yaml:1:10 E-MAP',
    'devices.yaml',
    ['lane:east', 'lane:west'],
  ],
  [
    'an alias of a value',
    { ...sound, 'devices.yaml': devices.replace('unit: 1', 'unit: &u 1').replace('unit: 2', 'unit: *u') },
    'devices.yaml:2:40 E-ALIAS',
    'device:a',
    ['device:a', 'device:b', 'lane:east', 'lane:west'],
  ],
  [
    'an alias of a whole section',
    { ...sound, 'devices.yaml': devices.replace('a: {', 'a: &board {').replace(/b: \{.*\}/, 'b: *board') },
    'devices.yaml:2:6 E-ALIAS',
    'device:a',
    ['device:a', 'device:b', 'lane:east', 'lane:west'],
  ],
  [
    'a template that is merged',
    {
      ...sound,
      'devices.yaml': `x-board: &board { driver: board, line: bus }\n${devices.replace('driver: board, line: bus', '<<: *board')}`,
    },
    'devices.yaml:1:10 E-ALIAS',
    'devices.yaml',
    ['device:a', 'lane:east'],
  ],
  [
    'a unit that two boards share, and with it all outputs',
    { ...sound, 'devices.yaml': coils(devices, 1) },
    'devices.yaml:3:40 E-UNIT-SHARED',
    'device:b',
    ['device:a', 'device:b', 'lane:east', 'lane:west'],
  ],
  [
    'a unit out of range on a board that claims outputs',
    {
      ...sound,
      'devices.yaml': devices.replace('unit: 1', 'unit: 999, coils: [r/1]').replace('unit: 2', 'unit: 2, coils: [r/1]'),
    },
    'devices.yaml:2:40 E-RANGE',
    'device:a',
    ['device:a', 'lane:east'],
  ],
  [
    'a line with an impossible baud rate',
    { ...sound, 'lines.yaml': bus.replace('115200', '115201') },
    'lines.yaml:2:65 E-CHOICE',
    'line:bus',
    ['line:bus', 'device:a', 'device:b', 'lane:east', 'lane:west'],
  ],
  [
    'a sensor device in error under a lane that closes by itself',
    {
      ...sound,
      'devices.yaml': `${devices.replace(`, ${sensed}`, '')}  radar: { driver: board, line: bus, unit: 0, ${sensed} }\n`,
      'lanes.yaml': lanes.replace('barrier: a', 'barrier: a, sensors: [radar], autoClose: gateway'),
    },
    'devices.yaml:5:44 E-RANGE',
    'device:radar',
    ['device:radar', 'lane:east'],
  ],
];

describe('one mistake', () => {
  it.each(mistakes)(
    '(%s) is one finding and one fault, which names all that it darkens',
    (_, files, where, subject, dark) => {
      const loaded = load(files);
      const told = loaded.problems.filter(({ severity }) => severity !== 'info');
      expect(told.map(({ file, line, col, code }) => `${file}:${line}:${col} ${code}`)).toEqual([where]);
      const running = resolveWithLastKnownGood(loaded, noneKnown, { drivers, nowWall });
      expect(running.faults).toHaveLength(1);
      const [fault] = running.faults;
      expect(fault).toMatchObject({ subject, state: 'off', more: 0, problem: told[0] });
      expect(fault?.sections.map(({ ref }) => `${ref.kind}:${ref.id}`)).toEqual(dark);
      for (const lane of laneOutcomes(running)) {
        expect(lane.state === 'off').toBe(running.site === null || dark.includes(`lane:${lane.id}`));
        if (lane.state === 'off') expect(lane.fault).toBe(fault);
      }
      for (const key of dark) expect(fault?.effect.zh).toContain(key);
    },
  );

  it('of each line with a tab is its own', () => {
    const tabs = { ...sound, 'devices.yaml': devices.replaceAll('\n  ', '\n\t') };
    expect(load(tabs).problems.map(({ line, code }) => `${line} ${code}`)).toEqual(['2 E-TAB', '3 E-TAB', '4 E-TAB']);
    const { faults } = resolveWithLastKnownGood(load(tabs), noneKnown, { drivers, nowWall });
    expect(faults).toEqual([expect.objectContaining({ subject: 'devices.yaml', more: 2 })]);
  });

  it('inside a profile is told once, and darkens every device that names it', () => {
    const files = { ...sound, 'devices.yaml': devices.replaceAll(', inputs', ', profile: board8, inputs') };
    const loaded = load(files, { board8: 'inputs: 800\npulses: true\n' });
    expect(loaded.problems.map(({ file, code }) => `${file} ${code}`)).toEqual(['profiles/board8.yaml E-RANGE']);
    const { faults } = resolveWithLastKnownGood(loaded, noneKnown, { drivers, nowWall });
    expect(faults).toHaveLength(1);
    expect(faults[0]?.sections).toHaveLength(4);
  });

  it('hides no other: a device that nobody defines is told beside an error elsewhere', () => {
    const files = {
      ...sound,
      'devices.yaml': devices.replace('unit: 2', 'unit: 999'),
      'lanes.yaml': lanes.replace('[cam]', '[cam, camm]'),
    };
    expect(found(load(files)).map(({ code }) => code)).toEqual(['E-RANGE', 'E-DEVICE-UNKNOWN']);
  });

  it('costs a file that repeats a heading only what stands below the second one', () => {
    const files = { ...sound, 'lanes.yaml': `${lanes}lanes:\n  north: { name: 北门, direction: in }\n` };
    const loaded = load(files);
    expect(found(loaded).map(({ line, code }) => `${line} ${code}`)).toEqual(['4 E-DUPLICATE-KEY']);
    const running = resolveWithLastKnownGood(loaded, noneKnown, { drivers, nowWall });
    expect(running.site?.lanes.map(({ id }) => id)).toEqual(['east', 'west']);
    expect(running.faults).toEqual([expect.objectContaining({ subject: 'lanes.yaml', state: 'off' })]);
  });

  it('of a hostile file with thousands of them is a bounded list of faults', () => {
    const many = Array.from({ length: 2000 }, (_, index) => `  l${index}: { x: 1 }\n`).join('');
    const { faults } = resolveWithLastKnownGood(load({ ...sound, 'lanes.yaml': `lanes:\n${many}` }), noneKnown, {
      drivers,
      nowWall,
    });
    expect(faults).toHaveLength(100);
    expect(faults.at(-1)).toMatchObject({ subject: 'config' });
    expect(faults.reduce((sum, fault) => sum + fault.sections.length, 0)).toBe(2000);
  });
});
