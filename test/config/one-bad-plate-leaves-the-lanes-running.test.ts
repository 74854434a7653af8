import { describe, expect, it } from 'vitest';
import {
  type LastKnownGood,
  laneOutcomes,
  nextLastKnownGood,
  noneKnown,
  resolveWithLastKnownGood,
  type Running,
} from '../../src/config/last-known-good.ts';
import { bus, drivers, type Files, load, nowWall, sensed } from './fakes.ts';

const options = { drivers, nowWall };
const since = 1_000;
const lanes = `${bus}devices:
  a: { driver: board, line: bus, unit: 1, ${sensed} }
lanes:
  east: { name: 东门, direction: in, barrier: a, commissioned: true }
`;
const siteWith = (more: string) => `site:
  id: lanxiu
  name: 兰秀花园
  timezone: Asia/Shanghai
  homeProvince: 京
${more}`;
const filesOf = (site: string): Files => ({ 'lanes.yaml': lanes, 'site.yaml': site });

function start(site: string, known: LastKnownGood = noneKnown): Running {
  return resolveWithLastKnownGood(load(filesOf(site)), known, options);
}

function goodOf(site: string, known: LastKnownGood = noneKnown): LastKnownGood {
  const loaded = load(filesOf(site));
  return nextLastKnownGood(resolveWithLastKnownGood(loaded, known, options), loaded, known, since);
}

const windows = `  calendar:
    years: [2026]
    days: { "2026-10-01": off }
    windows:
      work: [{ days: [mon, tue], from: "08:00", to: "18:00" }]
`;

/** What is written, where the finding stands, which part goes, and what the site then is. */
const mistakes: readonly [string, string, string, string, (running: Running) => unknown, unknown][] = [
  [
    'a bad plate',
    '  emergencyPlates: [京A12345, "--", 京B54321]\n',
    'site.yaml:6:30',
    'site.emergencyPlates.1',
    (running) => running.site?.emergencyPlates,
    ['京A12345', '京B54321'],
  ],
  [
    'an unquoted plate that YAML reads as a number',
    '  emergencyPlates: [1E234, 京B54321]\n',
    'site.yaml:6:21',
    'site.emergencyPlates.0',
    (running) => running.site?.emergencyPlates,
    ['京B54321'],
  ],
  [
    'a list of plates that is none',
    '  emergencyPlates: 京A12345\n',
    'site.yaml:6:20',
    'site.emergencyPlates',
    (running) => running.site?.emergencyPlates,
    [],
  ],
  [
    'a day that no calendar has',
    '  calendar: { years: [2026], days: { "2026-02-30": off, "2026-10-01": off } }\n',
    'site.yaml:6:38',
    'site.calendar.days.2026-02-30',
    (running) => running.site?.calendar.days,
    { '2026-10-01': 'off' },
  ],
  [
    'a word for a day that nobody knows',
    '  calendar: { years: [2026], days: { "2026-10-02": offf, "2026-10-01": off } }\n',
    'site.yaml:6:52',
    'site.calendar.days.2026-10-02',
    (running) => running.site?.calendar.days,
    { '2026-10-01': 'off' },
  ],
  [
    'a weekday that is none',
    windows.replace('tue', 'tuee'),
    'site.yaml:10:28',
    'site.calendar.windows.work.0.days.1',
    (running) => running.site?.calendar.windows.work,
    [{ days: [1], from: 480, to: 1080 }],
  ],
  [
    'a window without its end',
    windows.replace(', to: "18:00"', ''),
    'site.yaml:10:14',
    'site.calendar.windows.work',
    (running) => running.site?.calendar.windows,
    {},
  ],
  [
    'an unknown key',
    '  nearPlate: suggest\n',
    'site.yaml:6:3',
    'site.nearPlate',
    (running) => running.site?.near,
    { suggest: true },
  ],
  [
    'a choice that does not exist',
    '  language: chinese\n',
    'site.yaml:6:13',
    'site.language',
    (running) => running.site?.name,
    '兰秀花园',
  ],
  [
    'a key that is there twice',
    '  nearPlates: off\n  nearPlates: suggest\n',
    'site.yaml:7:3',
    'site.nearPlates',
    (running) => running.site?.near,
    { suggest: true },
  ],
  [
    'an alias',
    '  emergencyPlates: [&first 京A12345, *first, 京B54321]\n',
    'site.yaml:6:21',
    'site.emergencyPlates.1',
    (running) => running.site?.emergencyPlates,
    ['京A12345', '京B54321'],
  ],
];

describe('at a first start, an error of the site that no lane needs', () => {
  it.each(mistakes)(
    '(%s) leaves out that part only, and says so with its place',
    (_, more, where, part, look, left) => {
      const running = start(siteWith(more));
      expect(laneOutcomes(running)).toEqual([expect.objectContaining({ id: 'east', state: 'current' })]);
      expect(running.site?.lanes).toHaveLength(1);
      expect(look(running)).toEqual(left);
      expect(running.faults).toHaveLength(1);
      const [fault] = running.faults;
      expect(fault).toMatchObject({ code: 'configRejected', subject: part, state: 'partial' });
      expect(`${fault?.problem?.file}:${fault?.problem?.line}:${fault?.problem?.col}`).toBe(where);
      expect(fault?.effect.en).toContain(`${part} is left out: `);
      expect(fault?.effect.zh).toContain(`${part} 未生效`);
    },
  );

  it('beside others gives each its own fault, and takes the rest', () => {
    const running = start(
      siteWith('  emergencyPlates: ["--", 京A12345]\n  language: chinese\n  calendar: { years: [2026] }\n'),
    );
    expect(running.faults.map((fault) => fault.subject)).toEqual(
      expect.arrayContaining(['site.emergencyPlates.0', 'site.language']),
    );
    expect(running.faults).toHaveLength(2);
    expect(running.site?.calendar.years).toEqual([2026]);
  });

  it('of more plates than may be listed costs the plates beyond the limit only', () => {
    const plates = Array.from({ length: 502 }, (_, index) => `京A${String(10_000 + index)}`);
    const running = start(siteWith(`  emergencyPlates: [${plates.join(', ')}]\n`));
    expect(running.site?.emergencyPlates).toHaveLength(500);
    expect(running.site?.lanes).toHaveLength(1);
  });

  it('that is a second site section elsewhere costs that section only', () => {
    const files = { ...filesOf(siteWith('')), 'z.yaml': 'site: { emergencyPlates: [京A12345] }\n' };
    const running = resolveWithLastKnownGood(load(files), noneKnown, options);
    expect(running.site?.lanes).toHaveLength(1);
    expect(running.faults).toEqual([expect.objectContaining({ state: 'partial' })]);
    expect(running.faults[0]?.problem).toMatchObject({ code: 'E-DUPLICATE-ID', file: 'z.yaml' });
    expect(running.faults[0]?.effect.en).toContain('defined first');
  });
});

describe('a home province that is none', () => {
  it.each([
    ['北京', '是否想写 京？'],
    ['京A', '是否想写 京？'],
    ['beijing', '是否想写 京？'],
    ['"Inner Mongolia"', '可用：京 津'],
    ['粵', '是否想写 粤？'],
    ['內蒙古', '是否想写 蒙？'],
    ['東', '可用：京 津'],
    ['""', '可用：京 津'],
  ])('(%s) is told with what was meant, and darkens no lane at a first start', (written, hint) => {
    const bad = siteWith('').replace('homeProvince: 京', `homeProvince: ${written}`);
    const told = load(filesOf(bad)).problems.filter(({ severity }) => severity === 'error');
    expect(told.map(({ code, line, col }) => [code, line, col])).toEqual([['E-VALUE', 5, 17]]);
    expect(told[0]?.hint?.zh).toContain(hint);
    const running = start(bad);
    expect(running.site?.homeProvince).toBeNull();
    expect(laneOutcomes(running)).toEqual([expect.objectContaining({ id: 'east', state: 'current' })]);
    expect(running.faults.map(({ subject, effect }) => [subject, effect.en])).toEqual([
      ['site.homeProvince', expect.stringContaining('no province comes first')],
    ]);
  });

  it.each([...'京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新'])('(%s) is not', (province) => {
    expect(load(filesOf(siteWith('').replace('京', province))).site?.homeProvince).toBe(province);
  });

  it('is not missed where none is written: nothing is decided by it', () => {
    const without = load(filesOf(siteWith('').replace('  homeProvince: 京\n', '')));
    expect(without.problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(without.site?.homeProvince).toBeNull();
  });
});

describe('an emergency plate that no camera would read so', () => {
  const told = (plate: string) =>
    load(filesOf(siteWith(`  emergencyPlates: [${plate}]\n`))).problems.filter(({ severity }) => severity !== 'info');

  it.each([
    ['东A120X8', 'not the character of a province'],
    ['京A120X', 'there are 6 characters'],
    ['"1E234"', 'there are 5 characters'],
    ['京A120XX88', 'compare it with the plate'],
    ['KA01AB1234', 'there are 10 characters'],
  ])('(%s) is a warning that says what to look at', (plate, hint) => {
    const [one, ...more] = told(plate);
    expect([one?.code, one?.severity, one?.path, more]).toEqual([
      'W-PLATE-UNKNOWN',
      'warning',
      'site.emergencyPlates.0',
      [],
    ]);
    expect(one?.hint?.en).toContain(hint);
    expect(start(siteWith(`  emergencyPlates: [${plate}]\n`)).site?.emergencyPlates).toHaveLength(1);
  });

  it.each(['京A120X8', '京AD12345', '京·A 120x8', '京AX119应急', 'WJ京1234X', '使123456'])(
    '(%s) is none of them',
    (plate) => {
      expect(told(plate)).toEqual([]);
    },
  );
});

describe('what no lane can run without', () => {
  it.each([
    ['an unknown time zone', siteWith('').replace('Asia/Shanghai', 'Asia/Peking')],
    ['a missing name', siteWith('').replace('  name: 兰秀花园\n', '')],
    ['an id with a blank', siteWith('').replace('id: lanxiu', 'id: lan xiu')],
    ['a name that is an alias', `${siteWith('').replace('id: lanxiu', 'id: &a lanxiu').replace('兰秀花园', '*a')}`],
  ])('(%s) keeps the site off at a first start, and the lanes with it', (_, site) => {
    const running = start(site);
    expect(running.site).toBeNull();
    expect(laneOutcomes(running)).toEqual([expect.objectContaining({ id: 'east', state: 'off' })]);
    expect(laneOutcomes(running)[0]?.fault?.problem?.file).toBe('site.yaml');
    expect(running.faults[0]?.effect.en).toContain('no lane runs');
  });

  it('runs as it last did where it has run before', () => {
    const known = goodOf(siteWith(''));
    expect(start(siteWith('').replace('京', 'Beijing'), known).site?.homeProvince).toBe('京');
  });

  it('is told whole: a wrong home province hides no wrong time zone, plate or day', () => {
    const wrong = siteWith('  emergencyPlates: ["--"]\n  calendar: { days: { "2026-02-30": off } }\n')
      .replace('京', 'Beijing')
      .replace('Asia/Shanghai', 'Asia/Peking');
    const codes = load(filesOf(wrong)).problems.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['E-TIMEZONE', 'E-VALUE', 'E-PLATE', 'E-CALENDAR-DAY']));
    const plateOnly = load(filesOf(siteWith('  emergencyPlates: ["--"]\n  calendar: { years: [2025] }\n')));
    expect(plateOnly.problems.map(({ code }) => code)).toContain('W-CALENDAR-YEAR');
  });
});

describe('at a reload, a bad part of the site', () => {
  const sound = siteWith('  nearPlates: off\n  emergencyPlates: [京A12345, 京B54321]\n  calendar: { years: [2026] }\n');

  it('runs as it last did, while what was changed beside it takes effect', () => {
    const edited = sound.replace('nearPlates: off', 'nearPlates: offf').replace('兰秀花园', '兰秀新村');
    const running = start(edited, goodOf(sound));
    expect(running.site?.near).toEqual({ suggest: false });
    expect(running.site?.name).toBe('兰秀新村');
    expect(running.faults).toEqual([expect.objectContaining({ subject: 'site.nearPlates', state: 'partial' })]);
    expect(running.faults[0]?.effect.en).toContain('runs as it last did');
  });

  it('gives back the plate that was mistyped, and costs a new one nothing', () => {
    const known = goodOf(sound);
    const mistyped = start(sound.replace('京B54321', '"--"'), known);
    expect(mistyped.site?.emergencyPlates).toEqual(['京A12345', '京B54321']);
    const added = start(sound.replace('京B54321', '京B54321, 京C11111, "--"'), known);
    expect(added.site?.emergencyPlates).toEqual(['京A12345', '京B54321', '京C11111']);
    expect(added.faults[0]?.effect.en).toContain('is left out');
  });

  it('keeps what a misspelt key may have meant', () => {
    const running = start(sound.replace('emergencyPlates', 'emergencyPlate'), goodOf(sound));
    expect(running.site?.emergencyPlates).toEqual(['京A12345', '京B54321']);
  });

  it('does not bring back what was taken out on purpose', () => {
    const running = start(sound.replace('[京A12345, 京B54321]', '[京A12345]'), goodOf(sound));
    expect(running.site?.emergencyPlates).toEqual(['京A12345']);
    expect(running.faults).toEqual([]);
  });

  it('is kept as it runs: the same files over a restart give the same site, under the same fault', () => {
    const edited = sound.replace('nearPlates: off', 'nearPlates: offf').replace('京B54321', '京B54321, "--"');
    const known = goodOf(edited, goodOf(sound));
    const again = start(edited, known);
    expect(again.hash).toBe(start(edited, goodOf(sound)).hash);
    expect(again.site?.near).toEqual({ suggest: false });
    expect(again.faults.map((fault) => fault.subject)).toEqual(['site.nearPlates', 'site.emergencyPlates.2']);
    const mended = start(sound.replace('京B54321', '京C11111'), known);
    expect(mended.faults).toEqual([]);
    expect(mended.site?.emergencyPlates).toEqual(['京A12345', '京C11111']);
  });
});

describe('receiver and store', () => {
  const receiver = 'receiver: { bind: 192.168.1.10, port: 8080 }\n';
  const withReceiver = (text: string) => ({ ...filesOf(siteWith('')), 'r.yaml': text });

  it('a key of the receiver that nobody knows opens nothing: it may have been meant to close', () => {
    const running = resolveWithLastKnownGood(
      load(withReceiver(receiver.replace(' }', ', allow: [10.0.0.2] }'))),
      noneKnown,
      options,
    );
    expect(running.receiver).toBeNull();
    expect(running.site?.lanes).toHaveLength(1);
    expect(running.faults).toEqual([expect.objectContaining({ subject: 'receiver', state: 'off' })]);
    expect(running.faults[0]?.effect.en).toContain('nothing listens');
  });

  it('a key of the store that nobody knows is left out, and the folder stays the one that is written', () => {
    const running = resolveWithLastKnownGood(
      load(withReceiver('store: { dir: /var/lib/gatehouse, size: 3 }\n')),
      noneKnown,
      options,
    );
    expect(running.store).toEqual({ dir: '/var/lib/gatehouse' });
    expect(running.faults).toEqual([expect.objectContaining({ subject: 'store.size', state: 'partial' })]);
  });

  it('a store without its folder says which folder is used, and darkens no lane', () => {
    const running = resolveWithLastKnownGood(load(withReceiver('store: { dir: 5 }\n')), noneKnown, options);
    expect(running.site?.lanes).toHaveLength(1);
    expect(running.faults[0]).toMatchObject({ subject: 'store', state: 'off' });
    expect(running.faults[0]?.effect.en).toContain('data folder');
  });
});
