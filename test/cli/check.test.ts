import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/runtime/configuration.ts';
import { findDrivers } from '../../src/runtime/registry.ts';
import { killStarted } from '../house/running.ts';
import { at, cameraPath, fingerprint, gatehouse, makeSite, plate, siteYaml } from './site.ts';

const ports = { bus: 9, receiver: 8099 };
const broken = siteYaml(ports)
  .replace('commissioned: true', 'comissioned: true')
  .replace('detects: both', 'detects: bothh');
const misspelt = broken.split('\n').findIndex((line) => line.includes('comissioned')) + 1;
const site = makeSite(ports);

beforeAll(async () => {
  const list = site.write('list.csv', `车牌\n${plate}\n`);
  // Leaves a database and a list in the state folder, and a last known good beside them.
  expect((await gatehouse(['list', 'import', list, '--yes', ...at(site)])).code).toBe(0);
  const drivers = await findDrivers((folder) => expect.unreachable(folder));
  readConfiguration(site.state, { configDir: site.config, env: {}, drivers });
});

afterAll(() => {
  killStarted();
  site.remove();
});

describe('gatehouse check', () => {
  it('finds nothing wrong with a good configuration', async () => {
    const { code, out } = await gatehouse(['check', site.config]);
    expect(code).toBe(0);
    expect(out).toContain('the configuration is fine');
    expect(out).toContain('1 lane, 2 devices, 1 line)');
  });

  it.each([
    ['en', 'errors', 'would run on its last known good'],
    ['zh', '个错误', '将沿用上次有效配置'],
  ])(
    'shows each mistake with its place, a caret and a hint in %s, and what would run instead',
    async (lang, errors, kept) => {
      site.write('config/site.yaml', broken);
      const { code, out } = await gatehouse(['check', '--lang', lang, ...at(site)]);
      expect(code).toBe(1);
      expect(out).toMatch(new RegExp(`site\\.yaml:${misspelt}:5 .*comissioned`));
      expect(out).toMatch(/\^{11}.*commissioned/);
      expect(out).toContain('bothh');
      expect(out).toContain(errors);
      expect(out).toContain(kept);
    },
  );

  it('gives programs the same findings as JSON', async () => {
    site.write('config/site.yaml', broken);
    const { code, out } = await gatehouse(['check', '--json', ...at(site)]);
    expect(code).toBe(1);
    const { problems } = JSON.parse(out);
    expect(problems).toContainEqual(
      expect.objectContaining({
        file: 'site.yaml',
        line: misspelt,
        col: 5,
        severity: 'error',
        path: 'lanes.east-in.comissioned',
      }),
    );
  });

  it('says at the end what becomes of the lanes here, and where this has never run', async () => {
    site.write('config/site.yaml', broken);
    const { out } = await gatehouse(['check', ...at(site)]);
    const here = out.slice(out.indexOf('on this machine:'));
    expect(here).toMatch(/! lane east-in would run on its last known good \(.+\) +site\.yaml:\d+:\d+ +\[E-KEY\]/);
    const first = here.slice(here.indexOf('at a first start'));
    expect(first).toMatch(/! lane east-in would stay off +site\.yaml:\d+:\d+/);
    const zh = (await gatehouse(['check', '--lang', 'zh', ...at(site)])).out;
    expect(zh).toContain('车道 east-in 不运行');
    const { outcome } = JSON.parse((await gatehouse(['check', '--json', ...at(site)])).out);
    expect(outcome.now).toMatchObject({ site: true, lanes: [{ id: 'east-in', state: 'lastKnownGood' }] });
    expect(outcome.firstStart).toMatchObject({
      site: true,
      lanes: [{ id: 'east-in', state: 'off', where: expect.stringContaining(`site.yaml:${misspelt}:`) }],
    });
    const named = outcome.firstStart.faults.flatMap((fault: { sections: string[] }) => fault.sections);
    expect(named).toContain('lane:east-in');
  });

  it('says that a bad plate costs no lane, and which part is left out', async () => {
    const plates = siteYaml(ports).replace('homeProvince: 京', 'homeProvince: 京\n  emergencyPlates: ["--"]');
    site.write('config/site.yaml', plates);
    const { code, out } = await gatehouse(['check', ...at(site)]);
    expect(code).toBe(1);
    expect(out).toContain('! site would run, except emergencyPlates.0');
    expect(out).not.toContain('lane east-in');
    const { outcome } = JSON.parse((await gatehouse(['check', '--json', ...at(site)])).out);
    expect(outcome.firstStart.lanes).toEqual([{ id: 'east-in', state: 'current', where: null }]);
    expect(outcome.firstStart.faults[0].effect.en).toContain('this plate is not known as an emergency vehicle');
  });

  it('says that no lane runs where the site has no usable time zone', async () => {
    site.write('config/site.yaml', siteYaml(ports).replace('Asia/Shanghai', 'Asia/Peking'));
    const { out } = await gatehouse(['check', ...at(site)]);
    expect(out.slice(out.indexOf('at a first start'))).toMatch(/! lane east-in would stay off .*\[E-TIMEZONE\]/);
    const { outcome } = JSON.parse((await gatehouse(['check', '--json', ...at(site)])).out);
    expect(outcome.firstStart.site).toBe(false);
  });

  it('ends with 2 when there are warnings only', async () => {
    site.write('config/site.yaml', siteYaml(ports).replace('detects: both', 'detects: both, wiring: energisedActive'));
    const { code, out } = await gatehouse(['check', ...at(site)]);
    expect(out).toMatch(/0 errors, [1-9]/);
    expect(code).toBe(2);
  });

  it.each([
    ['good', siteYaml(ports)],
    ['broken', broken],
  ])('changes nothing on the disk, with a %s configuration', async (_, yaml) => {
    site.write('config/site.yaml', yaml);
    const before = fingerprint(site.folder);
    await gatehouse(['check', ...at(site)]);
    await gatehouse(['check', site.config, '--json']);
    expect(fingerprint(site.folder)).toBe(before);
  });

  it('shows no secret, whatever is wrong', async () => {
    const password = 'S3cret-of-the-environment';
    const yaml = broken.replace(
      'pushPathFile: camera.secret',
      'pushPathFile: camera.secret\n    pushPathEnv: CAMERA_PATH',
    );
    for (const text of [siteYaml(ports), yaml]) {
      site.write('config/site.yaml', text);
      for (const extra of [[], ['--json'], ['--lang', 'zh']]) {
        const { out, err } = await gatehouse(['check', ...at(site), ...extra], { CAMERA_PATH: password });
        expect(out).not.toBe('');
        expect(out + err).not.toContain(cameraPath);
        expect(out + err).not.toContain(password);
      }
    }
  });

  it('finds the last known good also while the section that names the state folder is not alone in being written wrong', async () => {
    site.write('config/site.yaml', broken);
    const { out } = await gatehouse(['check', '--config', site.config]);
    expect(out).toContain('would run on its last known good');
  });
});

describe('gatehouse schema', () => {
  it('prints a schema that knows the drivers', async () => {
    const { code, out } = await gatehouse(['schema']);
    expect(code).toBe(0);
    const schema = JSON.parse(out);
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['site', 'lines', 'devices', 'lanes']));
    expect(out).toContain('barrier-modbus');
  });
});
