import { expect, it } from 'vitest';
import { INPUTS_MAX, INPUTS_RESERVED, LoopInbox } from '../../src/runtime/loop-inbox.ts';
import { RECEIPTS_MAX } from '../../src/runtime/loop.ts';
import type { Input } from '../../src/core/io.ts';
import { Ports } from './loop-ports.ts';

const pressed = { closedLimit: true, openLimit: false, button: true };

/** A gate whose boom is known closed, so that a press opens it. */
function gate(): Ports {
  const ports = new Ports();
  ports.inputs({ ...pressed, button: false });
  return ports;
}

it('reads that wait for the disk beyond the limit are a fault, the button is taken, and the fault clears with hysteresis', async () => {
  const ports = gate();
  const receipts = Array.from({ length: RECEIPTS_MAX + 4 }, (_, at) => ports.read(`京C${10_000 + at}`));
  await expect(receipts.at(-1)).resolves.toBe('refused');
  expect(ports.faults.filter((fault) => fault === '+loopOverfull')).toHaveLength(1);
  const { faults } = ports.loop.site;
  expect(Object.values(faults).find(({ code }) => code === 'loopOverfull')?.detail).toEqual({
    limit: 'receipts',
    most: RECEIPTS_MAX,
  });

  const press = ports.loop.observe({ kind: 'inputsRead', device: 'board', at: ports.clock.mono(), values: pressed });
  await expect(press).resolves.toBe('held');
  expect(ports.sent.map(({ command }) => command.priority)).toContain('guard');

  // Still full: a quiet minute alone is no proof that there is room.
  await ports.clock.pass(61_000);
  expect(ports.faults).not.toContain('-loopOverfull');
  ports.ack();
  await ports.clock.pass(61_000);
  expect(ports.faults.filter((fault) => fault.endsWith('loopOverfull'))).toEqual(['+loopOverfull', '-loopOverfull']);
  await expect(receipts[0]).resolves.toBe('recorded');
});

it('effects that feed themselves end at the limit: reads are refused and told, the press behind them opens', async () => {
  const ports = gate();
  const answers: Promise<string>[] = [];
  ports.onRecorded = () => {
    ports.onRecorded = null;
    // Nothing waits for the disk here: the limit of the inputs is to be met, not that of the receipts.
    for (let at = 0; at < INPUTS_MAX + 1; at += 1) answers.push(ports.read('Ж'));
    ports.inputs(pressed);
  };
  void ports.read('京A10001');
  await expect(answers[INPUTS_MAX]).resolves.toBe('refused');
  expect(ports.faults).toContain('+loopOverfull');
  expect(ports.failures[0]).toMatch(/inputs wait/);
  expect(ports.sent.map(({ command }) => command.priority)).toContain('guard');
});

it('the reserved room has a limit too: then a read makes room, and among levels the newest counts', () => {
  const now = { mono: 0, wall: 0, wallTrusted: true };
  const level = (at: number): Input => ({
    ...{ kind: 'observed', now, facts: null },
    observation: { kind: 'inputsRead', device: 'board', at, values: { button: true } },
  });
  const read: Input = {
    ...{ kind: 'observed', now, facts: null },
    observation: {
      ...{ kind: 'plateRead', device: 'camera', raw: '京A10001', color: 'blue', confidence: 1, heading: 'approaching' },
      ...{ late: false, eventId: null, cameraWall: null, receivedAt: 0, vendor: {} },
    },
  };
  const inbox = new LoopInbox();
  const add = (input: Input) => inbox.add({ input, done: null })?.input ?? null;
  add(read);
  for (let at = 1; at < INPUTS_MAX + INPUTS_RESERVED; at += 1) expect(add(level(at))).toBeNull();
  expect(add(read)).toBe(read);
  expect(add(level(-1))).toEqual(read);
  expect(add(level(-2))).toEqual(level(1));
  expect(inbox.length).toBe(INPUTS_MAX + INPUTS_RESERVED);
});
