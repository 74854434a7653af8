import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { root, Stage } from './harness.ts';
import { killAgainAndAgain } from './kill-rig.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

const syncDelayMs = 100;

describe('kill -9 under traffic, with every sync of the disk taking 100 ms', () => {
  it('20 times: every movement the boards saw was synced to the disk before it', async () => {
    const summary = await killAgainAndAgain(stage, { seed: 23, kills: 20, syncDelayMs });
    expect(summary.complaints).toEqual([]);
    expect(summary.kills).toBe(20);
    expect(summary.writes).toBeGreaterThan(20);
  });

  it('finds a daemon that moves the boom before its record is on the disk', async () => {
    const tree = plantedTree(stage.folder());
    const summary = await killAgainAndAgain(stage, { seed: 5, kills: 2, syncDelayMs, tree });
    const kinds = new Set(summary.complaints.map((complaint) => complaint.kind));
    expect([...kinds].filter((kind) => kind !== 'notDurable' && kind !== 'noRecord')).toEqual([]);
    expect(summary.complaints.map((complaint) => complaint.text)).toContainEqual(
      expect.stringMatching(
        /^pulseOpen of boom\d seen at [\d.]+: no sync was finished since \S+ was decided at [\d.]+$/,
      ),
    );
  });
});

/** The same program with one thing wrong: commands do not wait for their record. */
function plantedTree(folder: string): string {
  for (const part of ['src', 'drivers', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, 'config'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const loop = join(folder, 'src', 'runtime', 'loop.ts');
  const text = readFileSync(loop, 'utf8');
  const planted = text.replace('else this.#hold(effect.command);', 'else this.#send(effect.command);');
  if (planted === text) throw new Error('loop.ts has changed: plant the wrong order anew');
  writeFileSync(loop, planted);
  return folder;
}
