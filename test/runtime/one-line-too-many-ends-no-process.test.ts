import { expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { Request } from '../../src/core/io.ts';
import type { LineStatus } from '../../src/field/line-status.ts';
import { makeCounters, SLOTS_MAX, takeSlot } from '../../src/runtime/guard/shared-counters.ts';
import { feedGuard } from '../../src/runtime/useful-work.ts';

const line = (id: string): LineStatus => ({
  ...{ id, up: true, problem: '', opened: 1, queued: 0, foreign: 0, usage: 0, asked: 0, units: [], polls: [] },
});

it('lines beyond what the guard can watch run unwatched, and that is a fault until they are fewer', async () => {
  const clock = new ManualClock();
  const counters = makeCounters();
  const requests: Request[] = [];
  let lines = Array.from({ length: SLOTS_MAX + 2 }, (_, at) => line(`l${at}`));
  const guard = {
    beat: () => undefined,
    watch(name: string, deadlineMs: number) {
      const slot = takeSlot(counters, deadlineMs);
      if (slot === null) throw new RangeError(`${name} is too many`);
      const idle = () => undefined;
      return { begin: idle, turned: idle, idle, retire: idle };
    },
  };
  const feeding = feedGuard(guard, {
    options: { clock },
    store: null,
    field: { status: () => ({ lines, devices: [] }) },
    loop: { request: (request) => requests.push(request) },
  });
  await clock.pass(1000);
  // One slot is the journal's.
  expect(requests).toEqual([
    {
      ...{ kind: 'systemFault', code: 'watchFull', subject: 'site', raised: true },
      detail: { unwatched: [`l${SLOTS_MAX - 1}`, `l${SLOTS_MAX}`, `l${SLOTS_MAX + 1}`], count: 3 },
    },
  ]);
  lines = lines.slice(0, 3);
  await clock.pass(1000);
  expect(requests.at(-1)).toMatchObject({ code: 'watchFull', raised: false });
  feeding.stop();
});
