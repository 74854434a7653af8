/** Every decision's commit is told by a note that follows, whether a command waited for it or not. */
import { expect, it } from 'vitest';
import { Ports } from './loop-ports.ts';

const notes = (ports: Ports) => ports.records.filter(({ kind }) => kind === 'committed').map(({ body }) => body);
const decisionRef = (ports: Ports) => ports.records.findLast(({ kind }) => kind === 'decision')?.ref;

it('of a refused car, though no command waits for the record', async () => {
  const ports = new Ports();
  void ports.read('京Z00001');
  const ref = decisionRef(ports);
  await ports.clock.pass(20);
  ports.ack();
  const at = ports.clock.mono();
  expect(notes(ports)).toEqual([]);
  await ports.clock.pass(1000);
  expect(notes(ports)).toEqual([{ decisions: [{ ref, atMono: at }] }]);
});

it('many in one note, and never for a record that is not durable', async () => {
  const ports = new Ports();
  for (const [car, plate] of ['京Z11111', '沪Y22222', '粤X33333'].entries()) {
    void ports.read(plate, { eventId: `e${car}` });
    if (car < 2) ports.ack();
    await ports.clock.pass(100);
  }
  await ports.clock.pass(2000);
  expect(notes(ports).map(({ decisions }) => (Array.isArray(decisions) ? decisions.length : 0))).toEqual([2]);
  ports.ack();
  await ports.clock.pass(1000);
  expect(notes(ports)).toHaveLength(2);
});

it('no further note follows a note: it tells of decisions only', async () => {
  const ports = new Ports();
  void ports.read('京Z00001');
  ports.ack();
  await ports.clock.pass(1000);
  ports.ack();
  await ports.clock.pass(10_000);
  expect(notes(ports)).toHaveLength(1);
});

it('what is known at a stop is still told, and no timer is left', async () => {
  const ports = new Ports();
  void ports.read('京Z00001');
  ports.ack();
  ports.loop.stop();
  expect(notes(ports)).toHaveLength(1);
  ports.ack();
  expect(ports.clock.timers().map(({ name }) => name)).not.toContain('journal.commitTimes');
});
