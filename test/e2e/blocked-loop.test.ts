import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { laneOf } from './daemon.ts';
import { monoMs, peersFolder, Stage, until } from './harness.ts';
import { furtherPolls, oneGate, press } from './one-gate.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

describe('a daemon whose loop is blocked', () => {
  const stage = new Stage();
  afterAll(() => stage.end());

  it('is killed by its guard thread, and polls again within 5 s under its supervisor', async () => {
    const gate = await oneGate(stage, { list: false });
    const daemon = gate.launch({
      nodeArgs: ['--import', join(peersFolder, 'block-on-sigusr2.mjs')],
      runArgs: ['--supervise'],
    });
    await daemon.ready();
    // A machine that is busy with other things may make one return slow; a guard that does not work, all of them.
    const tookMs: number[] = [];
    for (let round = 0; round < 3 && (tookMs.at(-1) ?? Number.POSITIVE_INFINITY) >= 5000; round += 1) {
      const { pid, boot } = await daemon.status();
      const blockedAt = monoMs();
      process.kill(pid, 'SIGUSR2');
      const last = await until('the polls stop', () => {
        const reads = gate.peer.reads(1);
        const newest = reads.at(-1)?.at ?? 0;
        return monoMs() - newest > 1000 && newest;
      });
      const next = await until('the board is polled again', () => gate.peer.reads(1).find(({ at }) => at > last));
      tookMs.push(next.at - blockedAt);
      const back = await daemon.when(
        'the daemon is up again',
        (status) => status.boot !== boot && laneOf(status, 'east').position === 'closed',
      );
      expect(back.pid).not.toBe(pid);
    }
    expect(tookMs.at(-1)).toBeLessThan(5000);
    await furtherPolls(gate.peer, 1, 10);
    expect(gate.peer.writes()).toEqual([]);
    expect(daemon.process.err.join('\n')).toMatch(/the loop has not turned for \d+ ms/);
    await daemon.ready();
    await press(gate, daemon, 'after the return');
    daemon.process.child.kill('SIGTERM');
    expect((await daemon.process.ended).code).toBe(0);
  });
});
