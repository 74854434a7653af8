import { afterAll, expect, it, vi } from 'vitest';
import { verifyJournal } from '../../src/store/verify.ts';
import { Stage } from './harness.ts';
import { resident } from './one-gate.ts';
import { platform, runningToHarm } from './platform.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const stage = new Stage();
afterAll(() => stage.end());

it('a stop that waits for a thread which does not answer writes everything and ends well: nobody kills the process meanwhile', async () => {
  const all = await platform(stage);
  const { daemon, harm } = await runningToHarm(all);
  await all.pass(daemon, resident);
  harm('spin');
  expect(await daemon.stop()).toBe(0);
  expect(verifyJournal(all.gate.site.state)).toMatchObject({ sound: true, unanchored: 0 });
});
