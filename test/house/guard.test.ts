import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fixture, isAlive, killStarted, node, type Running, run, until } from './running.ts';

const folders: string[] = [];
afterEach(() => {
  killStarted();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function daemon(given: object, env: Readonly<Record<string, string>> = {}, ...rest: string[]): Running {
  return run(node, [fixture('guarded-daemon.ts'), JSON.stringify(given), ...rest], { env });
}

const beatsOf = (one: Running): number => one.out.filter((line) => line.startsWith('beat ')).length;
const someBeats = (one: Running, more = 5): Promise<boolean> => {
  const wanted = beatsOf(one) + more;
  return until(`${more} more beats`, () => beatsOf(one) >= wanted);
};

describe('the guard thread', () => {
  it('kills a process whose loop is blocked, after one line that says why', async () => {
    const one = daemon({});
    await someBeats(one);
    one.child.kill('SIGUSR2');
    expect(await one.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(one.err.join('\n')).toMatch(
      /gatehouse guard: the loop has not turned for 2\d{3,} ms; killing process \d+|for [3-9]\d{3,} ms/,
    );
  });

  it('kills a process that is stuck writing to a log which nobody reads', async () => {
    const one = run(node, [fixture('guarded-daemon.ts'), '{}'], { stderr: 'stuck' });
    await someBeats(one);
    one.child.kill('SIGHUP');
    expect(await one.ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('kills a process whose loop never turns at all', async () => {
    const one = daemon({ beatFirst: false, limits: { firstBeatMs: 500 } });
    expect(await one.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(one.err.join('\n')).toContain('the loop never turned in 500 ms');
  });

  it('kills a process that began to stop and cannot end', async () => {
    const one = daemon({ limits: { stopMs: 500 } }, {}, 'never-stop');
    await someBeats(one);
    one.child.kill('SIGTERM');
    expect(await one.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(one.err.join('\n')).toContain('not stopped after 500 ms');
  });

  it('lets a process live that was frozen as a whole for longer than the limit', async () => {
    const one = daemon({ limits: { beatMs: 1_500, gapMs: 500 } });
    await someBeats(one);
    const frozenAt = performance.now();
    one.child.kill('SIGSTOP');
    await until('a freeze longer than the limit', () => performance.now() - frozenAt > 2_500);
    one.child.kill('SIGCONT');
    await someBeats(one, 50);
    expect(isAlive(one.pid)).toBe(true);
    expect(one.err).toEqual([]);
  });

  it('kills for stalled work only where a supervisor restarts the process', async () => {
    const alone = daemon({ workDeadlineMs: 200 });
    const supervised = daemon({ workDeadlineMs: 200, limits: { stallKillMs: 300 } });
    for (const one of [alone, supervised]) {
      await someBeats(one);
      one.child.kill('SIGINT');
    }
    expect(await supervised.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(supervised.err.join('\n')).toMatch(
      /useful work has stalled for \d+ ms; killing process \d+ \(line east-bus\)/,
    );
    await until('the main loop hears of the stall', () => alone.out.includes('stalled: line east-bus'));
    await someBeats(alone, 20);
    expect(isAlive(alone.pid)).toBe(true);
  });
});

describe('the watchdog of systemd', () => {
  async function withSocket(given: object): Promise<{ socket: Running; one: Running }> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-notify-'));
    folders.push(folder);
    const path = join(folder, 'notify');
    const socket = run('/usr/bin/python3', [fixture('notify-socket.py'), path]);
    await until('the socket is bound', () => socket.out.includes('bound'));
    return { socket, one: daemon(given, { NOTIFY_SOCKET: path, WATCHDOG_USEC: '900000' }) };
  }
  const feeds = (socket: Running): number => socket.out.filter((line) => line === 'WATCHDOG=1').length;
  const moreFeeds = (socket: Running): Promise<boolean> => {
    const wanted = feeds(socket) + 2;
    return until('the watchdog is fed', () => feeds(socket) >= wanted);
  };

  it('is told that we are ready, what the lanes do, and that we stop', async () => {
    const { socket, one } = await withSocket({});
    await until('READY', () => socket.out.includes('READY=1'));
    await until('STATUS, in one field', () => socket.out.includes('STATUS=lane east-in READY=0 normal'));
    await moreFeeds(socket);
    expect(socket.out).not.toContain('READY=0 normal');
    one.child.kill('SIGTERM');
    expect((await one.ended).code).toBe(0);
  });

  it('is fed while work is done, not while work is owed past its deadline, and again afterwards', async () => {
    const { socket, one } = await withSocket({ workDeadlineMs: 300 });
    await moreFeeds(socket);
    one.child.kill('SIGINT');
    await until('the stall is reported', () =>
      one.err.some((line) => line.includes('no progress past its deadline: line east-bus')),
    );
    await someBeats(one, 20);
    const whenStalled = feeds(socket);
    await someBeats(one, 40);
    expect(feeds(socket)).toBe(whenStalled);
    one.child.kill('SIGWINCH');
    await moreFeeds(socket);
    expect(one.out).toContain('stalled: ');
  });

  it('is left alone, and the process unharmed, when nobody listens on its socket', async () => {
    const one = daemon({}, { NOTIFY_SOCKET: '/nonexistent/notify', WATCHDOG_USEC: '900000' });
    await until('one report', () => one.err.some((line) => line.includes('systemd-notify failed')));
    await someBeats(one, 40);
    expect(one.err.filter((line) => line.includes('systemd-notify failed'))).toHaveLength(1);
    expect(isAlive(one.pid)).toBe(true);
  });
});

describe('the supervisor', () => {
  const pidsOf = (one: Running): number[] =>
    one.out.filter((line) => line.startsWith('pid ')).map((line) => Number(line.slice(4)));

  it('brings a daemon back whose loop was blocked, and ends it with the signal it is given', async () => {
    const one = run(node, [fixture('supervised.ts'), '{}']);
    const [first = -1] = await until('the first daemon', () => pidsOf(one).length === 1 && pidsOf(one));
    await someBeats(one);
    process.kill(first, 'SIGUSR2');
    const [, second = -1] = await until('the second daemon', () => pidsOf(one).length === 2 && pidsOf(one));
    expect(isAlive(first)).toBe(false);
    expect(one.out).toContain('supervisor: the daemon ended (SIGKILL); starting it again in 200 ms');
    one.child.kill('SIGTERM');
    expect(await one.ended).toEqual({ code: 0, signal: null });
    expect(isAlive(second)).toBe(false);
    expect(pidsOf(one)).toHaveLength(2);
  });

  it('goes on after every kind of end, each time a little later', async () => {
    const one = run(node, [fixture('supervised.ts'), '{}']);
    for (let round = 1; round <= 3; round += 1) {
      const pids = await until(`daemon ${round}`, () => pidsOf(one).length === round && pidsOf(one));
      process.kill(pids.at(-1) ?? -1, 'SIGKILL');
    }
    await until('the fourth daemon', () => pidsOf(one).length === 4);
    const pauses = one.out.flatMap((line) => /again in (\d+) ms/.exec(line)?.[1] ?? []).map(Number);
    expect(pauses).toEqual([200, 400, 800]);
  });
});
