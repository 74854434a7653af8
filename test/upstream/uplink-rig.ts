/** An uplink with real sockets over a journal of the test's, ended with its stage. */
import { systemClock } from '../../src/runtime/clock.ts';
import type { IgnoredReport } from '../../src/upstream/ignored.ts';
import { mqttDial } from '../../src/upstream/mqtt-link.ts';
import type { RetryTimes, UplinkSettings } from '../../src/upstream/settings.ts';
import { type Skipped, Uplink, type UplinkStatus } from '../../src/upstream/uplink.ts';
import { type Stage, until } from '../e2e/harness.ts';
import { type Journal, snapshotOf } from './fixtures.ts';

const soon: RetryTimes = { firstMs: 50, mostMs: 400, refusedFirstMs: 100, refusedMostMs: 800 };

export function uplinkOver(stage: Stage, journal: Journal, settings: UplinkSettings | null) {
  const told = {
    acknowledged: 0,
    statuses: [] as UplinkStatus[],
    ignored: [] as IgnoredReport[],
    gaps: [] as number[][],
    skipped: [] as Skipped[],
  };
  const uplink = new Uplink(
    { clock: systemClock(), random: Math.random, dial: mqttDial({}), gateway: 'test', boot: 'boot1', retry: soon },
    {
      progress: ({ seq }) => {
        told.acknowledged = seq;
      },
      status: (status) => void told.statuses.push(status),
      ignored: (report) => void told.ignored.push(report),
      missing: (from, to) => void told.gaps.push([from, to]),
      skipped: (record) => void told.skipped.push(record),
      unreadable: () => undefined,
      log: () => undefined,
    },
  );
  uplink.show(snapshotOf('closed'));
  uplink.attach(journal, null, journal.last);
  uplink.configure(settings);
  const stop = (): Promise<void> => new Promise((resolve) => uplink.stop(resolve));
  stage.onEnd(stop);
  const drained = (withinMs = 60_000) =>
    until(
      'the outbox is empty',
      () => {
        const { acknowledged, waiting } = uplink.status();
        return waiting === 0 && acknowledged === journal.last;
      },
      withinMs,
    );
  return { uplink, told, stop, drained };
}
