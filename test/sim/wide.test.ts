import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OWN_CORE } from '../../scripts/sim/cores.ts';
import type { Tally } from '../../scripts/sim/tally.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-wide-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const wide = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['scripts/sim-wide.ts', ...args], { cwd: ROOT, encoding: 'utf8' });
const tallyIn = (file: string): Tally => JSON.parse(readFileSync(file, 'utf8')) as Tally;
const SHORT = ['--hours', '1', '--workers', '2'];

describe('a wide run of the simulation', () => {
  it('goes on where it was, adds up, and plays no seed twice', () => {
    const state = join(folder, 'sum.json');
    const first = wide(...SHORT, '--lane-hours', '3', '--state', state, '--from', '700');
    expect(first.stderr).toBe('');
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('nothing broken');
    const before = tallyIn(state);
    expect(before.laneHours).toBeGreaterThanOrEqual(3);
    expect(before.nextSeed).toBe(700 + before.seeds);
    const again = wide(...SHORT, '--lane-hours', String(before.laneHours + 2), '--state', state, '--json');
    const after = tallyIn(state);
    expect(after.seeds).toBeGreaterThan(before.seeds);
    expect(after.laneHours).toBeGreaterThanOrEqual(before.laneHours + 2);
    expect(after.nextSeed).toBe(700 + after.seeds);
    const said = JSON.parse(again.stdout) as Tally & { reach: { faults: { unreached: readonly string[] } } };
    expect(said).toMatchObject({ seeds: after.seeds, laneHours: after.laneHours, broken: [] });
    expect(said.reach.faults.unreached).not.toHaveLength(0);
  });

  it('is stopped in mid-seed, and plays the seeds that it had begun first when it goes on', async () => {
    const state = join(folder, 'stopped.json');
    const args = ['--hours', '200', '--workers', '2', '--minutes', '5', '--state', state, '--from', '900'];
    const run = spawn(process.execPath, ['scripts/sim-wide.ts', ...args], { cwd: ROOT, stdio: 'ignore' });
    const ended = new Promise((done) => run.once('exit', done));
    // It is killed without a word as soon as it has begun to keep its sums.
    while (!existsSync(state) && run.exitCode === null) await new Promise((next) => setTimeout(next, 20));
    run.kill('SIGKILL');
    await ended;
    const stopped = tallyIn(state);
    const owed = stopped.owed.length;
    expect(owed).toBeGreaterThan(0);
    const going = wide(
      '--hours',
      '1',
      '--workers',
      '1',
      '--lane-hours',
      String(stopped.laneHours + 0.5),
      '--state',
      state,
    );
    expect(going.status).toBe(0);
    const after = tallyIn(state);
    expect(after.seeds).toBe(stopped.seeds + 1);
    expect(after.owed).toEqual(stopped.owed.slice(1));
    expect(after.nextSeed).toBe(stopped.nextSeed);
  });

  it('names a broken seed with the command that plays it again, and goes on saying so', () => {
    const core = join(folder, 'core');
    cpSync(OWN_CORE, core, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const turn = join(core, 'turn.ts');
    const text = readFileSync(turn, 'utf8');
    writeFileSync(turn, text.replace('after: urgent ? null : ref,', 'after: urgent ? null : ref - 1,'));
    const state = join(folder, 'broken.json');
    const run = wide(...SHORT, '--lane-hours', '4', '--state', state, '--core', core);
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/BROKEN npm run sim -- --level 1 --seed \d+ --hours 1 {2}I1/);
    const sound = wide(...SHORT, '--lane-hours', '5', '--state', state);
    expect(sound.status).toBe(1);
  });

  it.each([
    [['--hours', '0'], '--hours'],
    [['--minutes', 'soon'], '--minutes'],
    [['--workers', '1.5'], '--workers'],
    [['--level', '3'], '--level'],
    [['--nothing'], "'--nothing'"],
  ])('refuses %j with what is wrong', (args, names) => {
    const run = wide(...args);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(names);
    expect(run.stdout).toBe('');
  });

  it('leaves a file alone that is none of its own', () => {
    const state = join(folder, 'letter.json');
    writeFileSync(state, '{"dear":"Wang"}');
    const run = wide('--state', state);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(state);
    expect(readFileSync(state, 'utf8')).toBe('{"dear":"Wang"}');
  });
});
