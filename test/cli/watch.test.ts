/** `gatehouse watch` on a real pty (script), read back as the screen that a technician has before him. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { killStarted, node, root, type Running } from '../house/running.ts';
import { freePort } from '../house/free-port.ts';
import {
  at,
  gatehouse,
  type Hardware,
  makeSite,
  plate,
  pushPlate,
  serveHardware,
  type Site,
  start,
  untilStatus,
} from './site.ts';
import { Terminal } from './terminal.ts';

vi.setConfig({ testTimeout: 120_000 });

let hardware: Hardware;
let site: Site;
let receiver: number;
let daemon: Running;
const watchers: Watcher[] = [];

interface Watcher {
  readonly child: ChildProcess;
  readonly terminal: Terminal;
  readonly chunks: string[];
  readonly ended: Promise<number | null>;
  /** Types these characters. */
  type(text: string): void;
  until(what: string, look: (screen: string) => boolean): Promise<string>;
}

const startDaemon = async (): Promise<void> => {
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await untilStatus('the lane is up', site, (status) => status.receiver !== null && status.journal.broken === null);
};

/** `script` gives the command a terminal of its own and ends as the command does. */
function watch(
  args: readonly string[],
  [columns, rows]: readonly [number, number] = [80, 24],
  term = 'xterm',
  around: (command: string) => string = (command) => `exec ${command}`,
): Watcher {
  const quoted = [node, join(root, 'src/cli/main.ts'), 'watch', ...at(site), ...args]
    .map((word) => `'${word}'`)
    .join(' ');
  const command = `stty rows ${rows} cols ${columns}; ${around(quoted)}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...process.env, TERM: term, LC_ALL: 'C.UTF-8', STATE_DIRECTORY: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const terminal = new Terminal(columns, rows);
  const chunks: string[] = [];
  const decoder = new TextDecoder();
  child.stdout.on('data', (bytes: Buffer) => {
    const text = decoder.decode(bytes, { stream: true });
    chunks.push(text);
    terminal.write(text);
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const watcher: Watcher = {
    ...{ child, terminal, chunks, ended },
    type: (text) => child.stdin.write(text),
    async until(what, look) {
      for (const end = performance.now() + 30_000; ; ) {
        const screen = terminal.screen.join('\n');
        if (look(screen)) return screen;
        if (performance.now() > end) throw new Error(`in vain: ${what}:\n${screen}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
  watchers.push(watcher);
  return watcher;
}

beforeAll(async () => {
  hardware = await serveHardware();
  receiver = await freePort();
  site = makeSite({ bus: hardware.port, receiver });
  const file = site.write('list.csv', `车牌,姓名\n${plate},张三\n`);
  expect((await gatehouse(['list', 'import', file, '--yes', ...at(site)])).code).toBe(0);
  await startDaemon();
}, 60_000);

afterAll(async () => {
  for (const { child } of watchers) child.kill('SIGKILL');
  daemon?.child.kill('SIGTERM');
  await daemon?.ended;
  killStarted();
  await hardware?.stop();
  site?.remove();
});

describe('on a terminal', () => {
  it('shows lanes, lines and decisions as they come, and q ends it with 0, the cursor shown again', async () => {
    const watcher = watch(['--every', '300ms', '--lang', 'zh']);
    const first = await watcher.until('the lane', (screen) => /east-in 东门入口 +正常 +已关闭 \(实测\)/.test(screen));
    expect(first).toContain('上行：未配置');
    expect(first).toMatch(/bus +✓ 已连接/);
    expect(first).toContain('✓ 没有故障');
    expect(watcher.terminal.cursorShown).toBe(false);
    expect((await pushPlate(receiver, '京Z99999')).status).toBe(200);
    await watcher.until('the decision', (screen) => /east-in +✕ 京Z99999 +拒绝：不在名单中/.test(screen));
    watcher.type('q');
    expect(await watcher.ended).toBe(0);
    expect(watcher.terminal.cursorShown).toBe(true);
    expect(watcher.terminal.unknown).toEqual([]);
  });

  it('costs a quiet site a few bytes a refresh: the clock, now and then a figure of a line', async () => {
    const watcher = watch(['--every', '200ms', '--lang', 'en']);
    await watcher.until('the lane', (screen) => /east-in .*closed \(measured\)/.test(screen));
    const from = watcher.chunks.length;
    const ticks = (): number => watcher.chunks.slice(from).join('').split('\u001b[1;').length - 1;
    await watcher.until('twelve seconds of its clock', () => ticks() >= 12);
    const bytes = Buffer.byteLength(watcher.chunks.slice(from).join(''));
    expect(bytes / ticks(), watcher.chunks.slice(from).join('|').replaceAll('\u001b', 'ESC')).toBeLessThan(80);
    watcher.type('\u0003');
    expect(await watcher.ended).toBe(0);
  });

  it('says since when it shows nothing while the gateway is away, and goes on with the next one', async () => {
    const watcher = watch(['--every', '300ms', '--lang', 'en']);
    await watcher.until('the lane', (screen) => /east-in .*closed/.test(screen));
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    const away = await watcher.until('the silence', (screen) => screen.includes('does not answer'));
    expect(away).toMatch(/nothing is known since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
    expect(away).not.toContain('closed');
    await startDaemon();
    await watcher.until('the lane again', (screen) => /east-in .*closed/.test(screen));
    expect((await pushPlate(receiver, '京Z88888')).status).toBe(200);
    await watcher.until('a decision of the new one', (screen) => screen.includes('京Z88888'));
    watcher.type('q');
    expect(await watcher.ended).toBe(0);
  });

  it('ends quietly with 0 when its ssh link is lost', async () => {
    const told = join(site.folder, 'exit-code');
    const errors = join(site.folder, 'errors');
    // The shell outlives the terminal to tell how the command ended.
    const watcher = watch(
      ['--every', '200ms'],
      [80, 24],
      'xterm',
      (command) => `trap "" HUP; ${command} 2>'${errors}'; echo $? > '${told}'`,
    );
    await watcher.until('the lane', (screen) => screen.includes('east-in'));
    watcher.child.kill('SIGKILL');
    for (const end = performance.now() + 30_000; !existsSync(told) || readFileSync(told, 'utf8') === ''; ) {
      if (performance.now() > end) throw new Error('the command never ended');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(readFileSync(errors, 'utf8')).toBe('');
    expect(readFileSync(told, 'utf8').trim()).toBe('0');
  });

  it('fits a wide and a very small one', async () => {
    for (const size of [
      [120, 40],
      [40, 8],
    ] as const) {
      const watcher = watch(['--every', '300ms', '--lang', 'zh'], size);
      await watcher.until('the lane', (screen) => screen.includes('east-in'));
      expect(watcher.terminal.scrolled).toBe(0);
      watcher.type('q');
      expect(await watcher.ended).toBe(0);
    }
  });
});

describe('elsewhere', () => {
  it('one look is plain text, or one JSON object', async () => {
    const plain = await gatehouse(['watch', '--once', ...at(site)]);
    expect(plain.code).toBe(0);
    expect(plain.out).toMatch(/east-in 东门入口 +normal +closed \(measured\)/);
    expect(plain.out).not.toContain('\u001b');
    const json = JSON.parse((await gatehouse(['watch', '--once', '--json', ...at(site)])).out);
    expect(json).toMatchObject({ status: { site: 'cli-test', lanes: [{ id: 'east-in' }] } });
    expect(json.decisions.length).toBeGreaterThan(0);
  });

  it('JSON has plates and cards only where they are asked for', async () => {
    expect((await pushPlate(receiver, '京Z77777')).status).toBe(200);
    const look = async (...more: string[]) =>
      (await gatehouse(['watch', '--once', '--json', ...more, ...at(site)])).out;
    for (const end = performance.now() + 30_000; !(await look('--personal')).includes('"who":"京Z77777"'); )
      if (performance.now() > end) throw new Error('the decision is never shown');
    const shown = await look();
    expect(shown).not.toContain('京Z');
    expect(JSON.parse(shown).decisions[0]).toMatchObject({ lane: 'east-in', outcome: 'denied', who: null });
  });

  it('a pipe gets whole blocks without any control sequence, and one JSON object a line', async () => {
    const piped = start(['watch', '--every', '200ms', ...at(site)], { TERM: 'xterm' });
    const blocks = (): number => piped.out.filter((line) => line.startsWith('east-in')).length;
    for (const end = performance.now() + 30_000; blocks() < 3 && performance.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 50));
    piped.child.kill('SIGINT');
    expect((await piped.ended).code).toBe(0);
    expect(blocks()).toBeGreaterThanOrEqual(3);
    expect(piped.out.join('')).not.toContain('\u001b');
    const json = start(['watch', '--every', '200ms', '--json', ...at(site)]);
    for (const end = performance.now() + 30_000; json.out.length < 3 && performance.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 50));
    json.child.kill('SIGTERM');
    expect((await json.ended).code).toBe(0);
    for (const line of json.out.filter((one) => one !== '').slice(0, 3))
      expect(JSON.parse(line).status.site).toBe('cli-test');
  });

  it('a dumb terminal gets whole blocks without any control sequence', async () => {
    const watcher = watch(['--every', '300ms', '--lang', 'en'], [80, 24], 'dumb');
    const blocks = (): number => watcher.chunks.join('').split('✓ no faults').length - 1;
    await watcher.until('two blocks', () => blocks() >= 2);
    expect(watcher.chunks.join('')).not.toContain('\u001b');
    watcher.type('\u0003');
    expect(await watcher.ended).toBe(0);
  });

  it('one look at a gateway that does not run ends with 69; a wrong interval with 64', async () => {
    const nowhere = ['--config', site.config, '--state', join(site.folder, 'nowhere')];
    const none = await gatehouse(['watch', '--once', ...nowhere]);
    expect(none.code).toBe(69);
    expect(none.err).toContain('systemctl start gatehouse');
    expect((await gatehouse(['watch', '--every', '1ms', ...at(site)])).code).toBe(64);
  });
});
