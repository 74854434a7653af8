import { afterAll, describe, expect, it, vi } from 'vitest';
import { deliveryComplaints } from '../upstream/broker.ts';
import { faultOf } from './daemon.ts';
import { Stage } from './harness.ts';
import { committedRecords } from './journal-check.ts';
import { neighbour, resident } from './one-gate.ts';
import { drained, hasCome, type Platform, platform, runningToHarm } from './platform.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const stage = new Stage();
afterAll(() => stage.end());

async function expectAllDelivered({ gate, subscriber }: Platform): Promise<void> {
  const all = committedRecords(gate.site.state);
  await hasCome(subscriber, all);
  expect(deliveryComplaints(all, subscriber.events())).toEqual([]);
}

/** The reasons of the fault as they went to the platform itself, afterwards. */
function named({ subscriber }: Platform): readonly string[] {
  return subscriber.events().flatMap(({ kind, body }) => {
    const { why } = (body?.detail ?? {}) as { readonly why?: { readonly en: string } };
    return kind === 'faultRaised' && body?.code === 'upstreamDown' && why !== undefined ? [why.en] : [];
  });
}

describe.concurrent("the uplink's thread", () => {
  it('that dies of an exception, and then of its memory, is replaced both times; cars go through and every record arrives', async () => {
    const all = await platform(stage);
    const { daemon, harm } = await runningToHarm(all);
    const { boot } = await daemon.status();
    for (const [how, plate] of [
      ['throw', neighbour],
      ['exhaust', resident],
    ] as const) {
      const opened = all.gate.closings('open').length;
      harm(how);
      const status = await daemon.when('it is a fault', (now) => faultOf(now, 'upstreamDown') !== undefined);
      expect(faultOf(status, 'upstreamDown')?.detail).toMatchObject({ why: { en: expect.stringContaining('ended') } });
      expect(all.gate.closings('open')).toHaveLength(opened);
      await all.pass(daemon, plate);
      const after = await daemon.when('all has been taken again', drained, 30_000);
      expect(faultOf(after, 'upstreamDown')).toBeUndefined();
    }
    expect((await daemon.status()).boot).toBe(boot);
    await expectAllDelivered(all);
    // A busy machine may add a reason of its own.
    expect(named(all).filter((why) => why.includes('ended')).length).toBeGreaterThanOrEqual(2);
  });

  it('that never comes back from what it does is missed, named and replaced; meanwhile cars go through', async () => {
    const all = await platform(stage);
    const { daemon, harm } = await runningToHarm(all);
    const { boot } = await daemon.status();
    harm('spin');
    await all.pass(daemon, neighbour);
    const status = await daemon.when('it is a fault', (now) => faultOf(now, 'upstreamDown') !== undefined, 30_000);
    expect(status.upstream).toMatchObject({ state: 'waiting', why: { code: 'threadBlocked' } });
    expect(status.upstream?.waiting).toBeGreaterThan(5);
    const end = await daemon.when('all has been taken', drained, 30_000);
    expect(end.boot).toBe(boot);
    expect(faultOf(end, 'upstreamDown')).toBeUndefined();
    await expectAllDelivered(all);
    expect(named(all)).toEqual([expect.stringContaining('does not answer')]);
  });
});
