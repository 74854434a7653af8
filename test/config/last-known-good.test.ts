import { describe, expect, it } from 'vitest';
import {
  type LastKnownGood,
  nextLastKnownGood,
  noneKnown,
  readLastKnownGood,
  resolveWithLastKnownGood,
} from '../../src/config/last-known-good.ts';
import { canonical, sha256 } from '../../src/config/hash.ts';
import { bus, drivers, type Files, load, nowWall, sensed, site } from './fakes.ts';

const options = { drivers, nowWall };
const since = 1_000;
const barriers = `devices:
  a: { driver: board, line: bus, unit: 1, ${sensed} }
  b: { driver: board, line: bus, unit: 2, ${sensed} }
  cam: { driver: camera, address: 10.0.0.2 }
`;
const lanes = `lanes:
  east: { name: 东门, direction: in, barrier: a, cameras: [cam], commissioned: true }
  west: { name: 西门, direction: out, barrier: b, commissioned: true }
`;
const sound: Files = { 'site.yaml': site + bus, 'devices.yaml': barriers, 'lanes.yaml': lanes };

function resolve(files: Files, known: LastKnownGood) {
  return resolveWithLastKnownGood(load(files), known, options);
}

function goodOf(files: Files): LastKnownGood {
  const loaded = load(files);
  return nextLastKnownGood(resolveWithLastKnownGood(loaded, noneKnown, options), loaded, noneKnown, since);
}

const good = goodOf(sound);
const states = (running: ReturnType<typeof resolve>) =>
  Object.fromEntries(running.sections.map(({ ref, state }) => [ref.id || ref.kind, state]));
const laneIds = (running: ReturnType<typeof resolve>) => running.site?.lanes.map((lane) => lane.id);

describe('a bad file never darkens the gate', () => {
  it('runs everything as written where all is sound', () => {
    const running = resolve(sound, noneKnown);
    expect(new Set(Object.values(states(running)))).toEqual(new Set(['current']));
    expect(running.faults).toEqual([]);
    expect(running.site).toEqual({ ...load(sound).site });
  });

  it('runs a bad lane on its last known good, and the rest as written', () => {
    const running = resolve(
      { ...sound, 'lanes.yaml': lanes.replace('barrier: a', 'barier: a').replace('西门', '西二门') },
      good,
    );
    expect(states(running)).toMatchObject({ east: 'lastKnownGood', west: 'current', a: 'current' });
    expect(running.site?.lanes.map((lane) => lane.name)).toEqual(['东门', '西二门']);
    expect(running.site?.lanes[0]?.portal).toMatchObject({ kind: 'barrier', device: 'a' });
    expect(running.sections.find(({ ref }) => ref.id === 'east')).toMatchObject({
      since,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(running.faults).toHaveLength(1);
    expect(running.faults[0]).toMatchObject({
      subject: 'lane:east',
      state: 'lastKnownGood',
      since,
      problem: { file: 'lanes.yaml', line: 2, col: 36, code: 'E-KEY' },
    });
  });

  it('runs a bad device on its last known good without touching its lane', () => {
    const running = resolve({ ...sound, 'devices.yaml': barriers.replace('unit: 1,', 'unit: 999,') }, good);
    expect(states(running)).toMatchObject({ a: 'lastKnownGood', east: 'current', west: 'current' });
    expect(running.field.devices.find((device) => device.id === 'a')?.traits.unit).toBe(1);
  });

  it('leaves a bad new lane off', () => {
    const running = resolve({ ...sound, 'lanes.yaml': `${lanes}  north: { name: 北门 }\n` }, good);
    expect(states(running)).toMatchObject({ north: 'off', east: 'current', west: 'current' });
    expect(laneIds(running)).toEqual(['east', 'west']);
    expect(running.faults.map((fault) => [fault.subject, fault.state])).toEqual([['lane:north', 'off']]);
  });

  it('leaves a bad new device off, and runs a new lane that names it as a camera without it', () => {
    const running = resolve(
      {
        ...sound,
        'new.yaml':
          'devices:\n  cam2: { driver: camera }\nlanes:\n  north: { name: 北门, direction: in, cameras: [cam2] }\n',
      },
      good,
    );
    expect(states(running)).toMatchObject({ cam2: 'off', north: 'current', east: 'current' });
    expect(running.site?.lanes.find((lane) => lane.id === 'north')?.cameras).toEqual([]);
  });

  it('turns a new lane off together with the device that is its boom', () => {
    const running = resolve(
      {
        ...sound,
        'new.yaml':
          'devices:\n  n: { driver: board, line: bus }\nlanes:\n  north: { name: 北门, direction: in, barrier: n }\n',
      },
      good,
    );
    expect(states(running)).toMatchObject({ n: 'off', north: 'off', east: 'current', west: 'current' });
  });

  it('keeps every section of a file that cannot be parsed', () => {
    const running = resolve({ ...sound, 'lanes.yaml': 'lanes:\n\teast: {}\n' }, good);
    expect(states(running)).toMatchObject({
      east: 'lastKnownGood',
      west: 'lastKnownGood',
      a: 'current',
      site: 'current',
    });
    expect(running.faults.every((fault) => fault.problem?.file === 'lanes.yaml' && fault.problem.line === 2)).toBe(
      true,
    );
    expect(running.faults).toHaveLength(1);
    expect(running.faults[0]).toMatchObject({ subject: 'lanes.yaml', state: 'lastKnownGood', since, more: 0 });
    expect(running.faults[0]?.sections.map(({ ref }) => ref.id)).toEqual(['east', 'west']);
  });

  it('keeps the whole site where the folder is empty or every file is unreadable', () => {
    for (const files of [{}, { 'site.yaml': null }]) {
      const running = resolve(files, good);
      expect(laneIds(running)).toEqual(['east', 'west']);
      expect(running.faults.length).toBeGreaterThan(0);
    }
  });

  it('keeps lanes that a misspelt heading has hidden', () => {
    const running = resolve({ ...sound, 'lanes.yaml': lanes.replace('lanes:', 'lane:') }, good);
    expect(laneIds(running)).toEqual(['east', 'west']);
  });

  it('takes out what was deleted on purpose', () => {
    const running = resolve(
      {
        ...sound,
        'lanes.yaml': lanes
          .split('\n')
          .filter((line) => !line.includes('west'))
          .join('\n'),
      },
      good,
    );
    expect(laneIds(running)).toEqual(['east']);
    expect(running.faults).toEqual([]);
  });

  it('blames the newcomer, not the lane that already had the boom', () => {
    const running = resolve({ ...sound, 'x.yaml': 'lanes:\n  thief: { name: N, direction: in, barrier: a }\n' }, good);
    expect(states(running)).toMatchObject({ thief: 'off', east: 'current' });
  });

  it('runs neither of two new lanes that claim one boom', () => {
    const running = resolve({ ...sound, 'lanes.yaml': lanes.replace('barrier: b', 'barrier: a') }, noneKnown);
    expect(laneIds(running)).toEqual([]);
  });

  it('runs today what ran yesterday although a check has become stricter', () => {
    const blind = {
      ...sound,
      'devices.yaml': barriers.replaceAll(', obstruction: 3', ''),
      'lanes.yaml': lanes.replace('barrier: a', 'barrier: a, autoClose: gateway'),
    };
    const written = load(blind);
    const sections = [...written.sections.values()].map(({ ref, file, raw }) => ({ ref, file, raw, since }));
    const known = {
      version: 1,
      sections: sections.map((one) => ({ ...one, hash: sha256(canonical(one.raw)) })),
    } as const;
    const running = resolve(blind, known);
    expect(laneIds(running)).toEqual(['east', 'west']);
    expect(
      running.faults.some(({ subject, problem }) => subject === 'lane:east' && problem?.code === 'E-AUTOCLOSE-BLIND'),
    ).toBe(true);
    expect(laneIds(resolve(blind, noneKnown))).toEqual(['west']);
  });

  it('gives back the obstruction input that an edit took from under a lane that closes by itself', () => {
    const closing = { ...sound, 'lanes.yaml': lanes.replace('barrier: a', 'barrier: a, autoClose: gateway') };
    const running = resolve(
      { ...closing, 'devices.yaml': barriers.replaceAll(', obstruction: 3', '') },
      goodOf(closing),
    );
    expect(states(running)).toMatchObject({ east: 'current', a: 'lastKnownGood', b: 'current' });
    expect(running.site?.lanes[0]?.inputs.map((input) => input.role)).toContain('obstruction');
  });

  it('keeps a line or device that was taken out while something still names it', () => {
    const without = (file: string, id: string): Files => ({
      ...sound,
      [file]: String(sound[file])
        .split('\n')
        .filter((line) => !line.startsWith(`  ${id}:`))
        .join('\n'),
    });
    for (const files of [without('site.yaml', 'bus'), without('devices.yaml', 'a'), without('devices.yaml', 'cam')]) {
      const running = resolve(files, good);
      expect(laneIds(running)).toEqual(['east', 'west']);
      expect(running.site?.lanes[0]).toEqual(load(sound).site?.lanes[0]);
      expect(running.faults.length).toBeGreaterThan(0);
    }
  });

  it("keeps a slow guard's button at work, under a fault, rather than none at all", () => {
    const units = Array.from(
      { length: 8 },
      (_, i) => `  u${i}: { driver: board, line: slow, unit: ${i + 1}, inputs: { button: 5 } }\n`,
    ).join('');
    const slow = 'lines:\n  slow: { type: modbus-rtu, port: /dev/serial/by-id/usb-s, baud: 9600 }\n';
    const running = resolve({ 'a.yaml': `${site}${slow}devices:\n${units}` }, noneKnown);
    expect(running.field.devices).toHaveLength(8);
    expect(running.faults.some((fault) => fault.problem?.code === 'E-SLOW-SCAN')).toBe(true);
  });

  it('gives way with the new unit that would make an old button slow', () => {
    const slow = 'lines:\n  slow: { type: modbus-rtu, port: /dev/serial/by-id/usb-s, baud: 9600 }\ndevices:\n';
    const unit = (i: number) => `  u${i}: { driver: board, line: slow, unit: ${i}, inputs: { button: 5 } }\n`;
    const before = { 'a.yaml': `${site}${slow}${[1, 2].map(unit).join('')}` };
    const running = resolve({ 'a.yaml': `${site}${slow}${[1, 2, 3, 4, 5].map(unit).join('')}` }, goodOf(before));
    expect(states(running)).toMatchObject({ u1: 'current', u2: 'current', u3: 'off', u4: 'off', u5: 'off' });
  });

  it('never lets a broken receiver fall back to one that was not configured', () => {
    const receiver = 'receiver: { bind: 192.168.1.10, port: 8080 }\n';
    const broken = { ...sound, 'r.yaml': receiver.replace('192.168.1.10', 'anywhere') };
    expect(resolve(broken, good).receiver).toBeNull();
    expect(resolve(broken, goodOf({ ...sound, 'r.yaml': receiver })).receiver).toEqual({
      bind: '192.168.1.10',
      port: 8080,
    });
  });
});

describe('the last known good', () => {
  it('survives being written and read, keeps its time while unchanged, and takes over what really runs', () => {
    const stored = readLastKnownGood(JSON.parse(JSON.stringify(good)));
    expect(stored).toEqual(good);
    const changed = load({
      ...sound,
      'lanes.yaml': lanes.replace('西门', '西二门').replace('barrier: a', 'barier: a'),
    });
    const next = nextLastKnownGood(resolveWithLastKnownGood(changed, stored, options), changed, stored, 2_000);
    const byId = new Map(next.sections.map((section) => [section.ref.id, section]));
    expect(byId.get('west')?.since).toBe(2_000);
    expect(byId.get('east')).toEqual(good.sections.find((section) => section.ref.id === 'east'));
    expect(byId.get('a')?.since).toBe(since);
  });

  it('leaves out what was damaged on the disk', () => {
    const damaged = JSON.parse(JSON.stringify(good).replace('东门', '东冂'));
    expect(readLastKnownGood(damaged).sections.map((section) => section.ref.id)).not.toContain('east');
    expect(readLastKnownGood(damaged).sections).toHaveLength(good.sections.length - 1);
    for (const junk of [null, 1, 'x', {}, { sections: [null, 1, {}] }])
      expect(readLastKnownGood(junk)).toEqual(noneKnown);
  });
});
