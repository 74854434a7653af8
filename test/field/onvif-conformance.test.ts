import { readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { parse } from 'yaml';
import onvif from '../../drivers/camera-onvif/index.ts';
import type { TwinTrouble } from '../../drivers/camera-onvif/twin.ts';
import { twinPicture } from '../../drivers/camera-onvif/twin.ts';
import { conformance, type Harness } from '../../src/contract/conformance/conformance.ts';
import { MemoryBench, profile } from './onvif-memory.ts';

/** Before the camera stands a car of which it tells each 5 s. */
function harness(): Harness {
  const bench = new MemoryBench({ snapshot: 'afterRead' });
  const { clock, twin } = bench;
  let car = 10_000;
  let timesOffMs = 0;
  let cancelTick = (): void => undefined;
  const tick = (): void => {
    cancelTick = clock.after('world', 5000, () => {
      twin.passVehicle({ plate: `京A${car}`, utcTime: twin.wall() - timesOffMs });
      tick();
    });
  };
  const troubling = (kind: TwinTrouble) => (on: boolean) => {
    twin.trouble = on ? { kind, on: 'all' } : null;
    bench.drop();
  };
  const way = (kind: 'unplugged' | 'late') => (on: boolean) => {
    bench.way = on ? kind : 'whole';
    bench.drop();
  };
  const making = (set: (on: boolean) => void) => ({ make: () => set(true), mend: () => set(false) });
  return {
    clock,
    seen: bench.seen,
    start: async () => {
      await bench.start();
      tick();
    },
    stop: async () => {
      cancelTick();
      await bench.stop();
      // A pull that the client gave up is still held by the camera for a while.
      await clock.pass(60_000);
    },
    leftovers: () => (bench.inFlight === 0 ? [] : [`${bench.inFlight} requests`]),
    silence: troubling('silence'),
    unplug: way('unplugged'),
    garbage: troubling('garbage'),
    truncation: troubling('cut'),
    lateness: way('late'),
    change: () => {
      car += 1;
    },
    newest: () => bench.live().at(-1) ?? null,
    faults: {
      eventsDown: making(way('unplugged')),
      wrongPassword: making(troubling('unauthorised')),
      maybeWrongPassword: making(troubling('fault')),
      clockUnusable: making((on) => {
        twin.clockAheadMs = on ? 200 * 365 * 86_400_000 : 0;
        bench.drop();
      }),
      unreadableReply: making(troubling('doctype')),
      eventTimeOff: making((on) => {
        timesOffMs = on ? 3_600_000 : 0;
      }),
      snapshotFailed: making((on) => {
        twin.picture = on ? Buffer.from('<html>') : twinPicture;
      }),
    },
  };
}

describe('camera-onvif', () => {
  const { driver: _driver, ...own }: Record<string, unknown> = parse(
    readFileSync(new URL('../../drivers/camera-onvif/example.yaml', import.meta.url), 'utf8'),
  );
  const checks = conformance({
    driver: onvif,
    examples: [{ ...own, profile: profile(String(own.profile)) }],
    noticeMs: 120_000,
    // A refused account rests for ten minutes from the third time on.
    returnMs: 780_000,
    make: async () => harness(),
  });
  it.each(checks.map((check) => [check.name, check] as const))('%s', (_name, check) => check.run());
});
