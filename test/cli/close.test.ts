/** `gatehouse close --attended` and `bypass`: a person at a real terminal, and what a script or a wrong call gets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../house/free-port.ts';
import { killStarted, node, root, type Running } from '../house/running.ts';
import {
  at,
  gatehouse,
  type Hardware,
  makeSite,
  serveHardware,
  type Site,
  siteYaml,
  start,
  untilStatus,
} from './site.ts';

vi.setConfig({ testTimeout: 60_000 });

let hardware: Hardware;
let site: Site;
let daemon: Running;
const children: ChildProcess[] = [];
const shown: (() => string)[] = [];

const call = (...args: string[]) => gatehouse([...args, ...at(site)]);
const position = (wanted: string) =>
  untilStatus(`the boom is ${wanted}`, site, (status) => status.lanes[0]?.position === wanted);

beforeAll(async () => {
  hardware = await serveHardware();
  const ports = { bus: hardware.port, receiver: await freePort() };
  site = makeSite(ports);
  // Nothing closes by itself while the tests look at it.
  site.write(
    'config/site.yaml',
    siteYaml(ports).replace('closeAfterClear: 0s', 'closeAfterClear: 60s\n    heldOpenAlarmAfter: 1h'),
  );
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await position('closed');
}, 60_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  daemon?.child.kill('SIGTERM');
  await daemon?.ended;
  killStarted();
  await hardware?.stop();
  site?.remove();
});

/** A key held down on a terminal of its own from the first word there, for so long. */
async function heldKey(lastsMs: number): Promise<{ readonly code: number | null; readonly screen: string }> {
  const words = [node, join(root, 'src/cli/main.ts'), 'close', 'east-in', '--attended', '--by', '李工', ...at(site)];
  const command = words.map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...process.env, LC_ALL: 'C.UTF-8', STATE_DIRECTORY: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let screen = '';
  child.stdout.on('data', (bytes: Buffer) => {
    screen += bytes.toString();
  });
  children.push(child);
  // A key that is pressed as the command ends is nobody's.
  child.stdin.on('error', () => undefined);
  shown.push(() => screen);
  let from: number | null = null;
  const key = setInterval(() => {
    if (!screen.includes('space bar')) return;
    from ??= performance.now();
    if (performance.now() - from < lastsMs) child.stdin.write(' ');
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearInterval(key);
  return { code, screen };
}

describe('a close held at a terminal', () => {
  it('let go before the boom moves sends nothing', async () => {
    hardware.boom.push('up');
    await position('open');
    const before = hardware.board.writes.length;
    const { code, screen } = await heldKey(1500);
    expect(screen).toContain('· let go');
    expect(code).toBe(1);
    expect(hardware.board.writes.length).toBe(before);
  });

  it('goes down while the key is held, and ends with the boom down', async () => {
    let { code, screen } = await heldKey(Number.POSITIVE_INFINITY);
    // A machine that stalls for longer than a key's repeat has let go; the person presses again.
    for (let again = 0; again < 4 && screen.includes('· let go'); again++) {
      await position('open');
      ({ code, screen } = await heldKey(Number.POSITIVE_INFINITY));
    }
    expect(screen).toContain('the boom is down');
    expect(code).toBe(0);
    await position('closed');
  });

  it('is not for a script, and asks who watches', async () => {
    const piped = await call('close', 'east-in', '--attended', '--by', '李工');
    expect(piped).toMatchObject({ code: 64 });
    expect(piped.err).toContain('call it on a terminal');
    expect((await call('close', 'east-in', '--attended')).code).toBe(64);
    expect((await call('close', 'east-in', '--by', '李工')).code).toBe(64);
  });
});

describe('a bypass', () => {
  const terms = ['--by', '李工', '--reason', '雷达坏了'];

  it('is refused where the barrier’s own protection is not proved, and says what would prove it', async () => {
    const { code, out } = await call('bypass', 'east-in', 'obstruction', ...terms, '--for', '2h');
    expect(code).toBe(1);
    expect(out).toContain('write boardProtection at the lane');
    const zh = await call('bypass', 'east-in', 'obstruction', ...terms, '--for', '2h', '--lang', 'zh');
    expect(zh.out).toContain('没有证实道闸自身防砸');
  });

  it('names the inputs that there are, and asks for a reason and a time', async () => {
    const { code, err } = await call('bypass', 'east-in', 'radar', ...terms, '--for', '2h');
    expect(code).toBe(1);
    expect(err).toMatch(/it has: .*obstruction/);
    expect((await call('bypass', 'east-in', 'obstruction', ...terms)).code).toBe(64);
    expect((await call('bypass', 'east-in', 'obstruction', ...terms, '--for', 'soon')).code).toBe(64);
    expect((await call('bypass', 'east-in', 'obstruction', '--by', '李工', '--end', '--json')).out).toContain(
      'noSuchBypass',
    );
  });
});

it('a close that nobody holds yet ends with the gateway', async () => {
  const waiting = heldKey(0);
  await vi.waitUntil(() => children.at(-1)?.exitCode === null && shown.at(-1)?.().includes('space bar'), 20_000);
  daemon.child.kill('SIGTERM');
  expect((await waiting).code).toBe(69);
});
