import { describe, expect, it } from 'vitest';
import type { ByteLine, DriverContext } from '../../src/contract/driver.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { configOf } from '../../test/field/reader-rig.ts';
import driver from './index.ts';

/** A process whose timers come late: they are run by hand, at whatever time it then is. */
function rig() {
  let now = 1000;
  let due: { at: number; action: () => void } | null = null;
  let take: (bytes: Uint8Array, at: number) => void = () => {};
  const seen: Observation[] = [];
  const arm = (at: number, action: () => void) => {
    const armed = { at, action };
    due = armed;
    return () => {
      if (due === armed) due = null;
    };
  };
  const context: DriverContext<ByteLine> = {
    ...{ device: 'scanner', log: { info() {}, warn() {} }, signal: new AbortController().signal, secret: () => '' },
    ...{ raise() {}, clear() {} },
    line: {
      id: 'port',
      onBytes: (to) => {
        take = to;
      },
      onState() {},
      write: () => true,
    },
    clock: {
      mono: () => now,
      wall: () => now,
      at: (_, at, action) => arm(at, action),
      after: (_, ms, action) => arm(now + ms, action),
      timers: () => [],
    },
    emit: async (observation) => {
      seen.push(observation);
      return 'recorded';
    },
  };
  void driver.create(context, configOf('qr-silence')).start();
  return {
    seen,
    hear: (text: string, at: number) => {
      now = at;
      // What the port held was received while the process stood still; its time is that at which it is taken.
      take(new TextEncoder().encode(text), at);
    },
    /** Runs the timer that is due, at this time. */
    timer: (at: number) => {
      now = at;
      const armed = due;
      due = null;
      if (armed !== null && armed.at <= at) armed.action();
    },
  };
}

describe('a text without end mark', () => {
  it('is over when the silence was heard', () => {
    const { seen, hear, timer } = rig();
    hear('pass-1', 1000);
    timer(1060);
    expect(seen).toMatchObject([{ text: 'pass-1' }]);
  });

  it('is not torn by a timer that comes late while the rest waits in the port', () => {
    const { seen, hear, timer } = rig();
    hear('pass-', 1000);
    timer(1300);
    expect(seen).toEqual([]);
    hear('1', 1301);
    timer(1362);
    expect(seen).toMatchObject([{ text: 'pass-1' }]);
  });
});
