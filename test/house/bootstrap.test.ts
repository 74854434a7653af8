import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, killStarted, node, type Running, root, run, until } from './running.ts';

interface Machine {
  missing(): readonly { readonly name: string; readonly file: string; readonly why: string }[];
  rights(): readonly string[] | null;
  hasApt(): boolean;
  apt(command: readonly string[]): number;
  say(line: string): void;
}
interface Bootstrap {
  readonly DEBIAN_PACKAGES: readonly { readonly name: string; readonly file: string; readonly why: string }[];
  missingPackages(root?: string): readonly { readonly name: string }[];
  installPackages(machine: Machine): number;
}
const bootstrap = (await import(join(root, 'scripts', 'bootstrap.mjs'))) as Bootstrap;

let tree = '';
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'gatehouse-bootstrap-'));
  mkdirSync(join(tree, 'scripts'));
  mkdirSync(join(tree, 'bin'));
  mkdirSync(join(tree, 'home'));
  copyFileSync(join(root, 'scripts', 'bootstrap.mjs'), join(tree, 'scripts', 'bootstrap.mjs'));
  writeFileSync(join(tree, 'package.json'), JSON.stringify({ dependencies: { node: '24.21.0' } }));
  writeFileSync(join(tree, 'package-lock.json'), JSON.stringify({ packages: {} }));
  writeFileSync(
    join(tree, 'scripts', 'hello.mjs'),
    "console.log('hello', ...process.argv.slice(2)); process.exitCode = 9;\n",
  );
  npm(installing(`case "$1" in --version) echo v24.21.0 ;; *) exec ${node} "$@" ;; esac`));
});
afterEach(() => {
  killStarted();
  rmSync(tree, { recursive: true, force: true });
});

/** Puts a stand-in for npm first in PATH; each call is noted in the file `calls`. */
function npm(body: string): void {
  const script = `#!/bin/sh\nprintf '%s | %s\\n' "$*" "$PATH" >>"${tree}/calls"\n${body}\n`;
  writeFileSync(join(tree, 'bin', 'npm'), script);
  chmodSync(join(tree, 'bin', 'npm'), 0o755);
}

function installing(pinned: string): string {
  return [
    'mkdir -p node_modules/node/bin',
    `cat >node_modules/node/bin/node <<'NODE'\n#!/bin/sh\n${pinned}\nNODE`,
    'chmod +x node_modules/node/bin/node',
  ].join('\n');
}

const calls = (): string[] => {
  const file = join(tree, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

function boot(...args: string[]): Running {
  const path = [join(tree, 'node_modules', '.bin'), join(tree, 'bin'), '/usr/bin', '/bin'].join(':');
  return run(node, [join(tree, 'scripts', 'bootstrap.mjs'), ...args], {
    cwd: join(tree, 'home'),
    env: { PATH: path, HOME: join(tree, 'home') },
  });
}

describe('the bootstrap of packages from npm', () => {
  it('installs once, says why, and hands over with arguments and exit code', async () => {
    const first = boot('run', 'scripts/hello.mjs', 'a', 'b c');
    expect(await first.ended).toEqual({ code: 9, signal: null });
    expect(first.out).toEqual(['hello a b c']);
    expect(first.err.join('\n')).toContain('node_modules is not there yet: running npm ci');
    const second = boot('run', 'scripts/hello.mjs');
    expect((await second.ended).code).toBe(9);
    expect(second.err).toEqual([]);
    expect(calls()).toHaveLength(2);
    expect(calls()[0]).toMatch(/^ci --ignore-scripts /);
    expect(calls()[1]).toMatch(/^rebuild node /);
  });

  it('installs again when the lock file has changed or the pinned Node is gone', async () => {
    await boot('modules').ended;
    writeFileSync(join(tree, 'package-lock.json'), JSON.stringify({ packages: { other: {} } }));
    const changed = boot('modules');
    expect((await changed.ended).code).toBe(0);
    expect(changed.err.join('\n')).toContain('package-lock.json or the machine has changed');
    rmSync(join(tree, 'node_modules', 'node', 'bin', 'node'));
    const gone = boot('modules');
    expect((await gone.ended).code).toBe(0);
    expect(gone.err.join('\n')).toContain('Node 24.21.0 is not in node_modules');
    expect(calls()).toHaveLength(6);
  });

  it('honours an installation made by hand, and only one that is what the lock file asks for', async () => {
    await boot('modules').ended;
    rmSync(join(tree, 'node_modules', '.gatehouse-stamp'));
    const zod = { version: '4.6.7', integrity: 'sha512-x' };
    writeFileSync(join(tree, 'package-lock.json'), JSON.stringify({ packages: { '': {}, 'node_modules/zod': zod } }));
    const hidden = join(tree, 'node_modules', '.package-lock.json');
    writeFileSync(hidden, JSON.stringify({ packages: { 'node_modules/zod': zod } }));
    expect((await boot('modules').ended).code).toBe(0);
    expect(calls()).toHaveLength(2);
    rmSync(join(tree, 'node_modules', '.gatehouse-stamp'));
    writeFileSync(hidden, JSON.stringify({ packages: { 'node_modules/zod': { ...zod, version: '4.6.6' } } }));
    expect((await boot('modules').ended).code).toBe(0);
    expect(calls()).toHaveLength(4);
  });

  it('never runs npm on the Node that npm is about to replace', async () => {
    await boot('modules').ended;
    rmSync(join(tree, 'node_modules', '.gatehouse-stamp'));
    await boot('modules').ended;
    expect(calls()).toHaveLength(4);
    expect(calls().join()).not.toContain(join('node_modules', '.bin'));
  });

  it('ends with 4 when npm fails and leaves nothing that looks installed', async () => {
    npm(`${installing('echo v24.21.0')}\nexit 1`);
    const failed = boot('run', 'scripts/hello.mjs');
    expect((await failed.ended).code).toBe(4);
    expect(failed.out).toEqual([]);
    expect(existsSync(join(tree, 'node_modules', '.gatehouse-stamp'))).toBe(false);
  });

  describe('with npm itself', () => {
    const npmFolder =
      (process.env.PATH ?? '').split(delimiter).find((dir) => existsSync(join(dir, 'npm'))) ?? '/usr/bin';
    const lock = (packages: Record<string, unknown>): void =>
      writeFileSync(join(tree, 'package-lock.json'), JSON.stringify({ name: 'tree', lockfileVersion: 3, packages }));
    const odd = { version: '1.0.0', engines: { node: '>=99' } };

    beforeEach(() => {
      rmSync(join(tree, 'bin', 'npm'));
      mkdirSync(join(tree, 'odd'));
      writeFileSync(join(tree, 'odd', 'package.json'), JSON.stringify({ name: 'odd', ...odd }));
      const dependencies = { node: 'file:odd' };
      writeFileSync(join(tree, 'package.json'), JSON.stringify({ name: 'tree', dependencies }));
      lock({ '': { name: 'tree', dependencies }, odd, 'node_modules/node': { resolved: 'odd', link: true } });
    });

    const modules = (): Running =>
      run(node, [join(tree, 'scripts', 'bootstrap.mjs'), 'modules'], {
        cwd: join(tree, 'home'),
        env: { PATH: [npmFolder, '/usr/bin', '/bin'].join(delimiter), HOME: join(tree, 'home') },
      });

    it('prints no warning of packages that want the Node which it is about to install', async () => {
      const installing = modules();
      // The package is no Node, which is found out after npm has done its work.
      expect((await installing.ended).code).toBe(7);
      expect(existsSync(join(tree, 'node_modules', 'node', 'package.json'))).toBe(true);
      expect(installing.err.join('\n')).not.toMatch(/EBADENGINE|npm warn/i);
    });

    it('lets its errors stand', async () => {
      lock({ '': { name: 'tree' } });
      const failing = modules();
      expect((await failing.ended).code).toBe(4);
      expect(failing.err.join('\n')).toMatch(/npm (error|ERR!)/);
    });
  });

  it('ends with 7 when the pinned Node is another version or does not run', async () => {
    npm(installing('echo v20.0.0'));
    const other = boot('run', 'scripts/hello.mjs');
    expect((await other.ended).code).toBe(7);
    expect(other.err.join('\n')).toContain('answers v20.0.0');
    npm(installing('exit 1'));
    rmSync(join(tree, 'node_modules'), { recursive: true });
    expect((await boot('modules').ended).code).toBe(7);
  });

  it('passes SIGTERM on and ends as its child does', async () => {
    writeFileSync(join(tree, 'scripts', 'wait.mjs'), 'console.log(process.pid); setInterval(() => {}, 1000);\n');
    const one = boot('run', 'scripts/wait.mjs');
    const pid = Number(await until('the script runs', () => one.out[0]));
    process.kill(one.pid, 'SIGTERM');
    expect((await one.ended).code).toBe(143);
    expect(isAlive(pid)).toBe(false);
  });

  it('runs nothing from outside the repository and refuses what it does not know', async () => {
    writeFileSync(join(tree, 'home', 'x.mjs'), '');
    for (const args of [['run', '/etc/passwd'], ['run', 'scripts/none.mjs'], ['run'], ['fly'], []]) {
      expect((await boot(...args).ended).code).toBe(2);
    }
    const help = boot('--help');
    expect((await help.ended).code).toBe(0);
    expect(help.out.join('\n')).toContain('usage:');
    expect(calls()).toEqual([]);
  });
});

describe('the bootstrap of Debian packages', () => {
  const strace = bootstrap.DEBIAN_PACKAGES.filter(({ name }) => name === 'strace');

  function machine(given: Partial<Machine> & { answers?: number[] }): Machine & { ran: string[]; said: string[] } {
    const ran: string[] = [];
    const said: string[] = [];
    let missing = strace;
    const apt = (command: readonly string[]): number => {
      ran.push(command.join(' '));
      const status = given.answers?.shift() ?? 0;
      if (status === 0 && command.includes('install')) missing = [];
      return status;
    };
    return {
      missing: () => missing,
      rights: () => [],
      hasApt: () => true,
      apt,
      say: (line) => said.push(line),
      ran,
      said,
      ...given,
    };
  }
  const install = 'env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends strace';

  it('names each package that a bare machine lacks', () => {
    const bare = mkdtempSync(join(tree, 'bare-'));
    expect(bootstrap.missingPackages(bare)).toHaveLength(bootstrap.DEBIAN_PACKAGES.length);
    mkdirSync(join(bare, 'usr', 'bin'), { recursive: true });
    writeFileSync(join(bare, 'usr', 'bin', 'strace'), '');
    expect(bootstrap.missingPackages(bare).map(({ name }) => name)).not.toContain('strace');
  });

  it('touches nothing when nothing is missing', () => {
    const one = machine({ missing: () => [] });
    expect(bootstrap.installPackages(one)).toBe(0);
    expect([one.ran, one.said]).toEqual([[], []]);
  });

  it('installs as root, or by sudo, and says what for', () => {
    const asRoot = machine({});
    expect(bootstrap.installPackages(asRoot)).toBe(0);
    expect(asRoot.ran).toEqual([install]);
    expect(asRoot.said[0]).toBe('Debian package strace is missing (slow and failing disks in tests)');
    const bySudo = machine({ rights: () => ['sudo', '-n'] });
    expect(bootstrap.installPackages(bySudo)).toBe(0);
    expect(bySudo.ran).toEqual([`sudo -n ${install}`]);
  });

  it('fetches the package lists only when installing failed, and then tries once more', () => {
    const one = machine({ answers: [100, 0, 0] });
    expect(bootstrap.installPackages(one)).toBe(0);
    expect(one.ran).toEqual([install, 'env DEBIAN_FRONTEND=noninteractive apt-get update', install]);
    const never = machine({ answers: [100, 100, 100] });
    expect(bootstrap.installPackages(never)).toBe(6);
    expect(never.ran).toHaveLength(3);
  });

  it('without rights or apt-get prints the exact command and ends with 5', () => {
    for (const one of [machine({ rights: () => null }), machine({ hasApt: () => false })]) {
      expect(bootstrap.installPackages(one)).toBe(5);
      expect(one.ran).toEqual([]);
      expect(one.said.at(-1)).toContain('apt-get update && apt-get install -y --no-install-recommends strace');
    }
  });

  it('does not believe an installation that left the file missing', () => {
    expect(bootstrap.installPackages(machine({ missing: () => strace }))).toBe(6);
  });
});
