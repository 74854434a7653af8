import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { Cause } from '../../src/upstream/causes.ts';
import type { Dial } from '../../src/upstream/link.ts';
import { Uplink } from '../../src/upstream/uplink.ts';
import { generous, Journal, settingsFor } from './fixtures.ts';

/** An uplink whose broker answers when it is told to, and no sooner. */
function waiting() {
  const clock = new ManualClock();
  const sent: { topic: string; done(refusal: Cause | null): void }[] = [];
  const dial: Dial = (_settings, _will, events) => {
    queueMicrotask(() => events.opened(generous));
    return {
      publish: ({ topic }, done) => void sent.push({ topic, done }),
      subscribe() {},
      leave: (done) => done(),
      close() {},
    };
  };
  const uplink = new Uplink(
    { clock, random: () => 0, dial, gateway: 'test', boot: 'boot1' },
    { progress() {}, status() {}, ignored() {}, missing() {}, skipped() {}, unreadable() {}, log() {} },
  );
  uplink.configure(settingsFor(1883));
  return { clock, uplink, events: () => sent.filter(({ topic }) => topic.includes('/event/')) };
}

describe('another database, whose records bear the same numbers', () => {
  it.each([
    ['takes the place of one', (uplink: Uplink) => uplink.attach(new Journal(10), null, 10)],
    [
      'comes after one was let go',
      (uplink: Uplink) => {
        uplink.detach();
        uplink.attach(new Journal(10), null, 10);
      },
    ],
  ])('%s: late answers for the one before acknowledge none of its records', async (_how, replace) => {
    const { clock, uplink, events } = waiting();
    uplink.attach(new Journal(10), null, 10);
    await clock.pass(0);
    const before = events();
    expect(before).toHaveLength(10);
    replace(uplink);
    for (const { done } of before) done(null);
    expect(uplink.status()).toMatchObject({ acknowledged: 0, waiting: 10 });
    await clock.pass(1000);
    const after = events().slice(10);
    expect(after).toHaveLength(10);
    for (const { done } of after) done(null);
    expect(uplink.status()).toMatchObject({ acknowledged: 10, waiting: 0 });
  });

  it('comes when nothing is on its way: the connection is kept', async () => {
    const { clock, uplink, events } = waiting();
    uplink.attach(new Journal(10), null, 10);
    await clock.pass(0);
    for (const { done } of events()) done(null);
    uplink.attach(new Journal(12), { epoch: 'e', seq: 10 }, 12);
    expect(uplink.status()).toMatchObject({ state: 'connected', waiting: 2 });
    expect(events()).toHaveLength(12);
  });
});
