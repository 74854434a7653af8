import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecret } from '../../src/config/disk.ts';
import { formatProblems, problemsJson } from '../../src/config/format.ts';
import { nextLastKnownGood, noneKnown, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { loadConfig } from '../../src/config/load.ts';
import { board, bus, drivers, nowWall, site } from './fakes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string, mode = 0o600) => writeFileSync(join(folder, name), content, { mode });
const load = (env: Record<string, string> = {}, from = folder) => loadConfig(from, { drivers, nowWall, env });

/** Names, contents and times of everything below a folder. */
function snapshot(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const whole = join(entry.parentPath, entry.name);
      const { mtimeMs, mode } = statSync(whole);
      const hash = entry.isFile() ? createHash('sha256').update(readFileSync(whole)).digest('hex') : '';
      return `${whole} ${mode} ${mtimeMs} ${hash}`;
    })
    .sort()
    .join('\n');
}

describe('the folder on the disk', () => {
  it('is read as *.yaml and *.yml, hidden and other files aside, and is never changed', () => {
    write('site.yaml', site);
    write('bus.yml', bus);
    write('.hidden.yaml', 'junk: [');
    write('notes.txt', 'junk: [');
    mkdirSync(join(folder, 'profiles'));
    const before = snapshot(folder);
    const result = load();
    resolveWithLastKnownGood(result, noneKnown, { drivers, nowWall });
    expect(result.files.map((file) => file.path)).toEqual(['bus.yml', 'site.yaml']);
    expect(result.files[1]?.sha256).toBe(createHash('sha256').update(site).digest('hex'));
    expect(result.site?.id).toBe('lanxiu');
    expect(snapshot(folder)).toBe(before);
  });

  it('may be one file', () => {
    write('all.yaml', site + bus);
    expect(load({}, join(folder, 'all.yaml')).site?.name).toBe('兰秀花园');
  });

  it('that is missing, or holds folders, endless devices and dead links for files, gives findings', () => {
    const nowhere = join(folder, 'nowhere');
    expect(load({}, nowhere).problems).toEqual([
      expect.objectContaining({ code: 'E-FOLDER', file: nowhere, line: 1, col: 1 }),
    ]);
    expect(load().problems).toEqual([expect.objectContaining({ code: 'E-NO-SITE', file: folder, line: 1, col: 1 })]);
    mkdirSync(join(folder, 'folder.yaml'));
    symlinkSync('/dev/zero', join(folder, 'zero.yaml'));
    symlinkSync(join(folder, 'gone'), join(folder, 'dead.yaml'));
    expect(load().problems.map((problem) => `${problem.file} ${problem.code}`)).toEqual([
      'dead.yaml E-READ',
      'folder.yaml E-READ',
      'zero.yaml E-READ',
    ]);
  });

  it("gives its own profiles before the driver's", () => {
    const shelf = mkdtempSync(join(tmpdir(), 'gatehouse-profiles-'));
    try {
      writeFileSync(join(shelf, 'mine.yaml'), 'inputs: 4\npulses: true\n');
      const shelved = {
        ...board,
        profiles: {
          ...board.profiles,
          schema: board.profiles?.schema ?? board.config,
          folder: pathToFileURL(`${shelf}/`),
        },
      };
      const options = { drivers: [shelved], nowWall, env: {} };
      write('a.yaml', `${site}${bus}devices:\n  b: { driver: board, line: bus, unit: 1, profile: mine }\n`);
      expect(loadConfig(folder, options).field?.devices[0]?.config).toMatchObject({ profile: { inputs: 4 } });
      mkdirSync(join(folder, 'profiles'));
      write('profiles/mine.yaml', 'inputs: 9\npulses: true\n');
      expect(loadConfig(folder, options).field?.devices[0]?.config).toMatchObject({ profile: { inputs: 9 } });
    } finally {
      rmSync(shelf, { recursive: true, force: true });
    }
  });

  it('never gives a file outside its shelves as a profile', () => {
    write('a.yaml', `${site}${bus}devices:\n  b: { driver: board, line: bus, unit: 1, profile: ../a }\n`);
    expect(load().problems.map((problem) => problem.code)).toContain('E-PROFILE');
  });
});

describe('secrets', () => {
  const value = 'Tr0ub4dor-geheim';
  const camera = (how: string) => `${site}devices:\n  cam: { driver: camera, address: 10.0.0.2, ${how} }\n`;
  const codes = (env = {}) => load(env).problems.map((problem) => problem.code);

  it('come from a file or the environment, without the newline at their end', () => {
    write('cam.secret', `${value}\n`);
    const file = { name: 'cam.secret', from: 'file', path: ['passwordFile'] } as const;
    expect(readSecret(folder, {}, file)).toBe(value);
    const env = { name: 'CAM_PASSWORD', from: 'env', path: ['passwordEnv'] } as const;
    expect(readSecret(folder, { CAM_PASSWORD: value }, env)).toBe(value);
    expect(() => readSecret(folder, {}, env)).toThrow('CAM_PASSWORD');
  });

  it('that are missing are errors, and readable by others a warning', () => {
    write('a.yaml', camera('passwordFile: cam.secret'));
    expect(codes()).toContain('E-SECRET-READ');
    write('cam.secret', value);
    expect(codes()).toEqual(['W-DEVICE-UNUSED']);
    chmodSync(join(folder, 'cam.secret'), 0o644);
    expect(codes()).toContain('W-SECRET-OPEN');
    write('a.yaml', camera('passwordEnv: CAM_PASSWORD'));
    expect(codes()).toContain('E-SECRET-READ');
    expect(codes({ CAM_PASSWORD: value })).toEqual(['W-DEVICE-UNUSED']);
  });

  it.each([
    ['of several lines', 'one\ntwo\n', 'E-SECRET-LINES'],
    ['of several Windows lines', 'one\r\ntwo\r\n', 'E-SECRET-LINES'],
    ['with an empty line behind', 'one\n\n', 'E-SECRET-LINES'],
    ['of spaces alone', '  \n', 'E-SECRET-READ'],
    ['that is empty', '', 'E-SECRET-READ'],
    ['of 15 characters', `${'x'.repeat(15)}\n`, 'E-SECRET-SHORT'],
    ['with a slash', `${'x'.repeat(16)}/\n`, 'E-SECRET-PATH'],
    ['with a space', `${'x'.repeat(8)} ${'x'.repeat(8)}\n`, 'E-SECRET-PATH'],
    ['of 16 characters and a newline', `${'x'.repeat(16)}\r\n`, null],
  ])('for a push %s', (_, content, code) => {
    write('push.secret', content);
    write('a.yaml', `${camera('push: true, pushPathFile: push.secret')}receiver: { bind: 127.0.0.1, port: 8080 }\n`);
    expect(codes().filter((one) => one.startsWith('E-'))).toEqual(code === null ? [] : [code]);
  });

  it('for a password may be short, as the camera has it', () => {
    write('cam.secret', 'abc\n');
    write('a.yaml', camera('passwordFile: cam.secret'));
    expect(codes()).toEqual(['W-DEVICE-UNUSED']);
  });

  it('say why they cannot be read in either language, never by a bare code', () => {
    write('a.yaml', camera('passwordFile: cam.secret'));
    const told = load().problems.find(({ code }) => code === 'E-SECRET-READ');
    expect(told?.message).toEqual({
      zh: '读不到密码：cam.secret（不存在）',
      en: 'the secret cannot be read: cam.secret (there is none)',
    });
  });

  it("are only what the driver's schema marks as secret", () => {
    write('a.yaml', camera('notesFile: notes.txt'));
    expect(load().field?.devices[0]?.secrets).toEqual([]);
  });

  it.each([
    ['sound', camera('passwordFile: cam.secret')],
    ['inline', camera(`password: ${value}`)],
    ['inline and quoted', camera(`"password": "${value}"`)],
    [
      'inline over lines',
      `${site}devices:\n  cam:\n    driver: camera\n    password: >\n      ${value}\n    adress: x\n`,
    ],
    ['inline as a list', camera(`passwords: [${value}, 1]`)],
    ['beside a misspelt key', camera(`token: ${value}, adress: 1`)],
    ['in a file that is no YAML', `${camera(`password: ${value}`)}\t{ : [\n`],
    ['on the line of the syntax error', `${site}devices: { cam: { password: ${value}, [ }\n`],
    ['as a duplicate', camera(`password: x, password: ${value}`)],
    ['as a section', `${site}password: ${value}\n`],
    ['in the wrong section', `${site}lanes:\n  in: { name: [x], secret: ${value}, direction: in }\n`],
    ['with a tag', camera(`password: !x ${value}`)],
  ])('appear in no output when %s', (_, text) => {
    write('cam.secret', value);
    write('a.yaml', text);
    const result = load({ CAM_PASSWORD: value });
    const running = resolveWithLastKnownGood(result, noneKnown, { drivers, nowWall });
    const kept = nextLastKnownGood(running, result, noneKnown, 1);
    const outputs = [
      formatProblems(result.problems, 'zh'),
      formatProblems(result.problems, 'en'),
      problemsJson(result.problems),
      JSON.stringify(running),
      JSON.stringify(kept),
    ];
    for (const output of outputs) expect(output).not.toContain(value);
  });
});
