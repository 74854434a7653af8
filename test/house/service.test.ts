import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killStarted, root, run } from './running.ts';

let stage = '';
const install = join(root, 'scripts', 'install');
const at = (...parts: string[]): string => join(stage, ...parts);
const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

async function installed(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const one = run('sh', [install, ...args]);
  const { code } = await one.ended;
  return { code, out: one.out.join('\n'), err: one.err.join('\n') };
}

/** Every path below a folder with its kind, mode and content. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    const stat = lstatSync(path);
    hash.update(`${path} ${stat.mode} ${stat.isSymbolicLink() ? readlinkSync(path) : ''}\n`);
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else if (stat.isFile() && stat.size < 1 << 20) hash.update(readFileSync(path));
  };
  visit(folder);
  return hash.digest('hex');
}

beforeAll(async () => {
  stage = mkdtempSync(join(tmpdir(), 'gatehouse-stage-'));
  const { code, err } = await installed('--root', stage);
  expect([code, err]).toEqual([0, '']);
});
afterAll(() => {
  killStarted();
  rmSync(stage, { recursive: true, force: true });
});

describe('scripts/install', () => {
  it('puts program, service, rules and folders in place, the private ones private', () => {
    expect(readFileSync(at('etc/systemd/system/gatehouse.service'), 'utf8')).toContain('Type=notify');
    expect(readFileSync(at('etc/udev/rules.d/70-gatehouse.rules'), 'utf8')).toContain('ID_MM_DEVICE_IGNORE');
    expect(mode(at('etc/gatehouse'))).toBe('750');
    expect(mode(at('var/lib/gatehouse'))).toBe('700');
    expect(readlinkSync(at('usr/local/bin/gatehouse'))).toBe('/opt/gatehouse/scripts/gatehouse');
  });

  it('brings the pinned Node and the packages of production, and no tests or development packages', async () => {
    const copy = at('opt/gatehouse');
    const version = run(join(copy, 'node_modules/node/bin/node'), ['--version']);
    await version.ended;
    const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(version.out).toEqual([`v${wanted.dependencies.node}`]);
    const packages = readdirSync(join(copy, 'node_modules'));
    expect(packages).toEqual(expect.arrayContaining(Object.keys(wanted.dependencies)));
    for (const name of ['vitest', 'typescript', '@biomejs', 'rolldown']) expect(packages).not.toContain(name);
    expect(readdirSync(copy)).not.toContain('test');
    const sqlite =
      "const D = require('better-sqlite3'); console.log(new D(':memory:').prepare('select 40 + 2 as n').get().n)";
    const works = run(join(copy, 'node_modules/node/bin/node'), ['-e', sqlite], { cwd: copy });
    await works.ended;
    expect(works.out).toEqual(['42']);
  });

  it('puts the example configuration where there is none yet', () => {
    const examples = readdirSync(join(root, 'config', 'example')).filter((name) => name.endsWith('.yaml'));
    expect(examples.length).toBeGreaterThan(0);
    for (const name of examples) {
      const [schema, ...lines] = readFileSync(at('etc/gatehouse', name), 'utf8').split('\n');
      expect(lines).toEqual(
        readFileSync(join(root, 'config', 'example', name), 'utf8')
          .split('\n')
          .slice(1),
      );
      // Where the schema lies once the program is installed; beside the checkout's example it is ../schema.json.
      expect(schema).toBe('# yaml-language-server: $schema=/opt/gatehouse/config/schema.json');
      expect(existsSync(at('opt/gatehouse/config/schema.json'))).toBe(true);
      expect(mode(at('etc/gatehouse', name))).toBe('640');
    }
  });

  it('run again, upgrades the program and changes no configuration', async () => {
    writeFileSync(at('etc/gatehouse/site.yaml'), 'site: { id: mine }\n');
    writeFileSync(at('var/lib/gatehouse/journal.db'), 'kept');
    writeFileSync(at('opt/gatehouse/old-version'), '');
    const { code, out } = await installed('--root', stage);
    expect(code).toBe(0);
    expect(out).toContain('has files; left as they are');
    expect(readFileSync(at('etc/gatehouse/site.yaml'), 'utf8')).toBe('site: { id: mine }\n');
    expect(readFileSync(at('var/lib/gatehouse/journal.db'), 'utf8')).toBe('kept');
    expect(readdirSync(at('opt/gatehouse'))).not.toContain('old-version');
    expect(readdirSync(at('opt/gatehouse.before'))).toContain('old-version');
  });

  it('in a dry run changes nothing and names every step', async () => {
    const before = fingerprint(stage);
    const { code, out } = await installed('--dry-run', '--root', stage);
    expect(code).toBe(0);
    expect(out).toMatch(/would run: .*gatehouse\.service/);
    expect(fingerprint(stage)).toBe(before);
    const absent = join(stage, 'absent');
    expect((await installed('--dry-run', '--root', absent)).code).toBe(0);
    expect(readdirSync(stage)).not.toContain('absent');
  });

  it('refuses what it does not know', async () => {
    expect((await installed('--rooot', stage)).code).toBe(2);
    expect((await installed('--root')).code).toBe(2);
    expect((await installed('--help')).out).toContain('usage: sudo scripts/install');
  });

  it('uninstalls program, service and rules, and keeps configuration and data', async () => {
    const other = mkdtempSync(join(tmpdir(), 'gatehouse-stage-'));
    try {
      expect((await installed('--root', other)).code).toBe(0);
      writeFileSync(join(other, 'etc/gatehouse/site.yaml'), 'x');
      writeFileSync(join(other, 'var/lib/gatehouse/journal.db'), 'x');
      expect((await installed('--uninstall', '--root', other)).code).toBe(0);
      expect(readdirSync(join(other, 'opt'))).toEqual([]);
      expect(readdirSync(join(other, 'etc/systemd/system'))).toEqual([]);
      expect(readdirSync(join(other, 'etc/udev/rules.d'))).toEqual([]);
      expect(readdirSync(join(other, 'etc/gatehouse'))).toContain('site.yaml');
      expect(readdirSync(join(other, 'var/lib/gatehouse'))).toEqual(['journal.db']);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});

describe('systemd/gatehouse.service', () => {
  /** The unit as installed, its program named where the stage has it. */
  function unit(change: (text: string) => string = (text) => text): string {
    const text = readFileSync(at('etc/systemd/system/gatehouse.service'), 'utf8');
    const path = at('gatehouse.service');
    writeFileSync(path, change(text.replaceAll('/opt/gatehouse/', `${at('opt/gatehouse')}/`)));
    return path;
  }
  async function analyze(...args: string[]): Promise<{ code: number | null; text: string }> {
    const one = run('/usr/bin/systemd-analyze', args, { env: { SYSTEMD_PAGER: 'cat', LANG: 'C.UTF-8' } });
    const { code } = await one.ended;
    return { code, text: [...one.out, ...one.err].join('\n') };
  }

  it('is verified by systemd without a word', async () => {
    expect(await analyze('verify', '--man=no', unit())).toEqual({ code: 0, text: '' });
    const misspelt = await analyze(
      'verify',
      '--man=no',
      unit((text) => text.replace('WatchdogSec=15', 'WatchdogSecs=15')),
    );
    expect(misspelt.text).toContain('WatchdogSecs');
  });

  it('is hardened to 2.0 or below, as systemd counts', async () => {
    const args = ['security', '--offline=true', '--threshold=20', '--no-pager'];
    expect((await analyze(...args, unit())).code).toBe(0);
    expect(
      (
        await analyze(
          ...args,
          unit((text) => text.replace(/^NoNewPrivileges.*$|^CapabilityBoundingSet.*$|^ProtectSystem.*$/gm, '')),
        )
      ).code,
    ).not.toBe(0);
  });

  it('never gives up, is watched, and is stopped within its time', () => {
    const lines = readFileSync(unit(), 'utf8').split('\n');
    for (const line of [
      'StartLimitIntervalSec=0',
      'Restart=always',
      'WatchdogSec=15',
      'NotifyAccess=all',
      'TimeoutStopSec=10',
      'OOMPolicy=continue',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.some((line) => line.includes('network-online.target') && !line.startsWith('#'))).toBe(false);
  });
});

describe('scripts/gatehouse', () => {
  it('finds the program from any directory and through a symlink', async () => {
    const link = at('link');
    const linked = run('ln', ['-s', at('opt/gatehouse/scripts/gatehouse'), link]);
    await linked.ended;
    writeFileSync(at('opt/gatehouse/src/cli/main.ts'), 'console.log(process.version, ...process.argv.slice(2));\n');
    const one = run(link, ['check', 'a b'], { cwd: '/', env: { PATH: '/usr/bin:/bin' } });
    expect(await one.ended).toEqual({ code: 0, signal: null });
    expect(one.out).toEqual([expect.stringMatching(/^v24\.\d+\.\d+ check a b$/)]);
  });
});
