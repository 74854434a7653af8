/** A drill from its confirmation to the page that an inspector signs: the real commands, daemon, database and boards as twins. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DrillReport } from '../../src/cli/drill-report.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { DRILLS_KEY } from '../../src/runtime/drill-calendar.ts';
import { openStore } from '../../src/store/store.ts';
import { freePort } from '../house/free-port.ts';
import { node, root, type Running } from '../house/running.ts';
import {
  at,
  gatehouse,
  type Hardware,
  makeSite,
  serveHardware,
  type Site,
  siteYaml,
  start,
  statusOf,
  untilStatus,
  takeDown,
} from './site.ts';

let hardware: Hardware;
let site: Site;
let daemon: Running;

const call = (...args: string[]) => gatehouse([...args, ...at(site)]);
const by = ['--by', '李工 <b>', '--note', '月度演练'];
const lift = '断电后打开机箱门，用摇把顺时针转到限位';
const run = () => start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
const down = () => untilStatus('the boom is down', site, ({ lanes }) => lanes[0]?.position === 'closed');

/** A database in which a drill of the route has been asked for since then. */
async function notHeldSince(since: number): Promise<void> {
  const log = () => undefined;
  const store = await openStore(
    { dir: site.state, gateway: 'cli-test', boot: 'earlier', clock: systemClock(), ballastBytes: 0 },
    { acked: log, refused: log, mended: log, listChanged: log, listFailed: log },
  );
  const value = { histories: { 'route:north': { since, doneAt: null, result: null } }, running: null };
  await store.journal.run({ kind: 'setValue', key: DRILLS_KEY, value, atWall: since });
  await store.close();
}

/** `drill start` at a terminal of its own; `answer` is typed once it asks. */
async function atTerminal(answer: string): Promise<{ readonly code: number | null; readonly screen: string }> {
  const words = [node, join(root, 'src/cli/main.ts'), 'drill', 'start', '--site', '--by', '李工', ...at(site)];
  const child = spawn('script', ['-qefc', words.map((word) => `'${word}'`).join(' '), '/dev/null'], {
    env: { ...process.env, LC_ALL: 'C.UTF-8', STATE_DIRECTORY: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let screen = '';
  let answered = false;
  child.stdout.on('data', (bytes: Buffer) => {
    screen += bytes.toString();
    if (answered || !screen.includes('Type yes to begin')) return;
    answered = true;
    child.stdin.write(answer);
  });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { code, screen };
}

vi.setConfig({ testTimeout: 90_000 });

beforeAll(async () => {
  hardware = await serveHardware();
  const ports = { bus: hardware.port, receiver: await freePort() };
  site = makeSite(ports);
  const held = siteYaml(ports)
    .replace(
      'travel: 300ms',
      `travel: 300ms\n    hold: maintained\n    manualLift: { zh: ${lift}, en: Open the cabinet and turn the crank clockwise to the stop }`,
    )
    .replace('  calendar:', '  drills: { holdOpenFor: 10s }\n  calendar:');
  site.write('config/site.yaml', `${held}routes:\n  north: { name: 北门消防通道, lanes: [east-in], direction: in }\n`);
  await notHeldSince(Date.parse('2026-01-01T00:00:00+08:00'));
  daemon = run();
  await down();
}, 60_000);

afterAll(() => takeDown(daemon, hardware, site));

describe('gatehouse drill', () => {
  it.each([
    ['start', [...by], 64, 'say what to open'],
    ['start', ['--route', 'nroth', '--yes', ...by], 1, 'nothing was opened: did you mean "north"?'],
    ['start', ['--route', 'north', '--yes', '--by', ' '], 64, '--by must not be empty'],
    [
      'record',
      ['--case', 'mainsOff', '--lane', 'west', '--seconds', '20', '--result', 'passed', ...by],
      1,
      'no such lane',
    ],
    ['record', ['--case', 'mainsOff', '--lane', 'east-in', '--seconds', '0', '--result', 'passed', ...by], 64, '3600'],
    [
      'record',
      ['--case', 'mainsOff', '--lane', 'east-in', '--seconds', '30.1', '--result', 'passed', ...by],
      64,
      'later than 30 s is not passed: write --result failed',
    ],
    ['report', ['--from', 'yesterday'], 64, '"yesterday" is no date'],
  ])('%s %j moves nothing, and says why', async (command, args, code, words) => {
    const done = await call('drill', command, ...args);
    expect([done.code, done.out]).toEqual([code, '']);
    expect(done.err).toContain(words);
  });

  it('that is long due is told to be missed, with the command that holds it', async () => {
    const faults = await call('faults');
    expect(faults.out).toMatch(/! north {2}drillMissed/);
    expect(faults.out).toContain('since=2026-01-01 10:00:00.000  start=gatehouse drill start --route north --by NAME');
  });

  it('says what will move, and moves nothing where nobody can confirm it', async () => {
    const done = await call('drill', 'start', '--route', 'north', ...by);
    expect([done.code, done.out]).toEqual([64, '']);
    expect(done.err).toMatch(/east-in +opens and is held +closes by itself, announced/);
    expect(done.err).toContain('nobody confirmed it');
    expect((await statusOf(site))?.lanes[0]).toMatchObject({ position: 'closed', claims: [] });
  });

  it('begins on a yes at the terminal and nothing else, runs its seconds there, and is ended early by a person', async () => {
    const no = await atTerminal('no\r');
    expect(no.code).toBe(64);
    expect(no.screen).toContain('nothing was moved');
    expect((await statusOf(site))?.lanes[0]).toMatchObject({ position: 'closed', claims: [] });
    const held = atTerminal('yes\r');
    const under = await untilStatus('it is open', site, ({ drill }) => drill?.lanes[0]?.opened != null);
    expect((await call('release', 'east-in', under.drill?.key ?? '', '--by', '王工')).code).toBe(0);
    const { code, screen } = await held;
    expect(code).toBe(1);
    expect(screen).toMatch(/east-in {2}… \d\.\d s/);
    expect(screen).toMatch(/east-in {2}✓ drill: open, \d\.\d s \(measured\)/);
    expect(screen).toContain('✕ the drill is over: interrupted (ended early by a person)');
    await down();
  });

  it('is held, timed and over by itself, and its record is proved from the journal', async () => {
    const held = call('drill', 'start', '--route', 'north', '--yes', ...by);
    const under = await untilStatus('it is under way', site, ({ drill }) => drill?.lanes[0]?.opened != null);
    expect(under.drill).toMatchObject({ reach: { route: 'north' }, lanes: [{ lane: 'east-in', failed: false }] });
    expect(under.lanes[0]).toMatchObject({ mode: 'heldOpen', claims: [{ purpose: 'drill' }] });
    expect((await call('lanes')).out).toMatch(/^DRILL route north \(.*\) {2}east-in ✓ \d\.\d s$/m);
    const done = await held;
    expect(done.code, done.err).toBe(0);
    expect(done.out).toMatch(/^east-in {2}✓ drill: open, \d\.\d s \(measured\)$/m);
    expect(done.out).toContain('✓ the drill is over: passed');
    await down();

    const recorded = ['--case', 'mainsOff', '--lane', 'east-in', '--seconds', '41.5', '--result', 'failed'];
    const people = await call('drill', 'record', ...recorded, '--by', '王工', '--lang', 'zh');
    expect([people.code, people.out]).toEqual([1, expect.stringContaining(`手动抬杆：${lift}`)]);
    expect(people.out).toContain('超过 30 秒');
    const faults = await call('faults');
    expect(faults.out).toMatch(/! east-in {2}drillFailed/);
    expect(faults.out).not.toContain('drillMissed');
    expect(faults.out).toContain('gatehouse drill record --case mainsOff --lane east-in --by NAME');

    const before = JSON.parse((await call('drill', 'report', '--json')).out) as DrillReport;
    expect(before).toMatchObject({
      site: { id: 'cli-test', name: '测试小区' },
      drills: [
        { by: '李工', result: 'interrupted', why: 'released' },
        { by: '李工 <b>', note: '月度演练', result: 'passed', why: null, proof: 'notAnchored', anchor: null },
      ],
      timedByPeople: [{ by: '王工', case: 'mainsOff', lane: 'east-in', ms: 41_500, inTime: false, result: 'failed' }],
      missed: [{ subject: 'north', dueAt: Date.parse('2026-01-01T10:00:00+08:00') }],
      chain: { state: 'verified', findings: 0 },
    });
    const [lane] = before.drills[1]?.lanes ?? [];
    expect(lane).toMatchObject({ lane: 'east-in', basis: 'measured', inTime: true, stoodOpen: false, failed: null });
    expect(lane?.ms).toBeGreaterThan(200);

    // A stop writes an anchor, which vouches for everything before it.
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    const text = await call('drill', 'report');
    expect(text.out).toMatch(/route north +李工 <b> +east-in +\d\.\d s +measured +✓ passed +#\d+ verified\n/);
    expect(text.out).toMatch(/mains off, lifted by hand +east-in +王工 +41\.5 s, later than 30 s +✕ failed/);
    const csv = join(site.folder, 'drills.csv');
    expect((await call('drill', 'report', '--format', 'csv', '--output', csv)).code).toBe(0);
    const lines = readFileSync(csv, 'utf8').split('\r\n');
    expect(lines[0]).toContain('锚点哈希 anchor hash');
    expect(lines[2]).toMatch(
      /^drill,.*,route north,李工 <b>,月度演练,east-in,\d\.\d,是 yes,measured,.*,anchored,\d+,[0-9a-f]{64}$/,
    );
    const before2000 = await call('drill', 'report', '--to', '2000-01-01');
    expect(before2000.out).toContain('no drills');
    daemon = run();
    await down();
  });
});
