import { afterEach, describe, expect, it, vi } from 'vitest';
import { Stage } from './harness.ts';
import { killAgainAndAgain } from './kill-rig.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

describe('kill -9 under traffic', () => {
  it('20 times: every movement has its record, no boom moves at a restart, and the subscriber gets every record in order', async () => {
    const summary = await killAgainAndAgain(stage, { seed: 11, kills: 20, syncDelayMs: null });
    expect(summary.complaints).toEqual([]);
    expect(summary.kills).toBe(20);
    // Without movements there would be nothing to judge.
    expect(summary.writes).toBeGreaterThan(20);
    expect(summary.delivered).toBeGreaterThan(summary.writes * 3);
    // A life may end before it is connected; most are not so short.
    for (const connections of Object.values(summary.connections)) expect(connections).toBeGreaterThan(3);
  });
});
