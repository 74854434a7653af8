import { expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { type AnyDriver, defineDriver, type Receipt, z } from '../../src/contract/driver.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { CameraHostChild } from '../../src/field/camera-host-child.ts';
import { type FromHost, maxUnreceipted, reservedUnreceipted } from '../../src/field/camera-messages.ts';

/** A host with one camera whose driver hands its `emit` out. */
async function host() {
  const clock = new ManualClock();
  const sent: FromHost[] = [];
  const holder: { emit: ((observation: Observation) => Promise<Receipt>) | null; log: (() => void) | null } = {
    ...{ emit: null, log: null },
  };
  const driver: AnyDriver = defineDriver<'http', Record<string, never>>({
    ...{ name: 'talker', contract: 1, line: 'http', host: 'camera', specs: [], faults: {}, config: z.strictObject({}) },
    traits: () => ({ inputs: [], portal: null, outputs: [], unit: null, polls: [] }),
    pushAccess: () => null,
    create(ctx) {
      holder.emit = (observation) => ctx.emit(observation);
      holder.log = () => ctx.log.info('a line');
      return { provides: ['camera'], start: () => undefined, stop: () => undefined };
    },
  });
  const child = new CameraHostChild({
    ...{ clock, send: (message) => sent.push(message), load: () => Promise.resolve(driver), exit: () => undefined },
    within: (_owner, action) => action(),
  });
  child.start();
  const device = { device: 'cam', module: 'talker', config: {}, secrets: {} };
  child.take({ kind: 'configure', generation: 1, site: { receiver: null, devices: [device] } });
  await clock.pass(10);
  const { emit, log } = holder;
  if (emit === null || log === null) throw new Error('the driver was not created');
  const problems = (): string[] =>
    sent.flatMap((each) =>
      each.kind === 'problem' ? [`${each.code} ${each.subject} ${each.raised} ${each.detail}`] : [],
    );
  return { clock, sent, child, emit, log, problems };
}

const read = (at: number): Observation => ({
  ...{ kind: 'plateRead', device: 'cam', raw: `京A${at}`, color: 'blue', confidence: 1, heading: 'approaching' },
  ...{ late: false, eventId: null, cameraWall: null, receivedAt: 0, vendor: {} },
});

it('reads that nobody receipts are refused beyond the limit and told as a fault; what a device says of itself still goes out', async () => {
  const { clock, sent, child, emit, problems } = await host();
  const before = problems();
  for (let at = 0; at < maxUnreceipted; at += 1) void emit(read(at));
  expect(problems()).toEqual(before);
  await expect(emit(read(-1))).resolves.toBe('refused');
  await expect(emit(read(-2))).resolves.toBe('refused');
  expect(problems().slice(before.length)).toEqual(['receiverCrowded cameraHost true unreceipted']);

  const last = sent.length;
  void emit({ kind: 'deviceSilent', device: 'cam', why: 'no sign of life' });
  expect(sent.slice(last).map((each) => each.kind)).toEqual(['observed']);

  for (const each of sent.filter((message) => message.kind === 'observed'))
    child.take({ kind: 'receipt', id: each.id, receipt: 'recorded' });
  await clock.pass(61_000);
  expect(problems().at(-1)).toBe('receiverCrowded cameraHost false ');
  void emit(read(1));
  expect(sent.at(-1)?.kind).toBe('observed');
});

it('even the room of what devices say of themselves has a limit', async () => {
  const { emit } = await host();
  const silent: Observation = { kind: 'deviceSilent', device: 'cam', why: '' };
  for (let at = 0; at < maxUnreceipted + reservedUnreceipted; at += 1) void emit(silent);
  await expect(emit(silent)).resolves.toBe('refused');
});

it('log lines beyond the limit are counted in the log', async () => {
  const { clock, sent, log } = await host();
  for (let at = 0; at < 1000; at += 1) log();
  await clock.pass(1100);
  const logs = sent.filter((each) => each.kind === 'log');
  expect(logs.filter(({ message }) => message === 'a line').length).toBeLessThan(100);
  expect(logs.at(-1)).toMatchObject({ message: 'log lines left out', facts: { count: expect.any(Number) } });
});
