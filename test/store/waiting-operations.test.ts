import { expect, test } from 'vitest';
import { JournalQueue } from '../../src/store/journal-queue.ts';
import type { Batch } from '../../src/store/journal-writer.ts';
import type { StoreOperation } from '../../src/store/operations.ts';
import { OPERATIONS_MAX, WaitingOperations } from '../../src/store/waiting-operations.ts';
import { HandClock, record } from './support.ts';

const since = { mono: 1, wall: 1, wallTrusted: true };
const raise = (subject: string, detail = {}): StoreOperation => ({
  ...{ kind: 'raiseFault', code: 'deviceSilent', subject, detail, since },
});
const clear = (subject: string): StoreOperation => ({ kind: 'clearFault', code: 'deviceSilent', subject });
const nobody = () => {};

test('a fault that comes and goes for a day without a disk takes the room of two, and ends as it stands', () => {
  const waiting = new WaitingOperations();
  for (let n = 0; n < 5000; n += 1) {
    expect(waiting.push(raise('camera', { n }), nobody)).toBe(true);
    expect(waiting.push(clear('camera'), nobody)).toBe(true);
  }
  waiting.push(raise('camera', { last: true }), nobody);
  expect(waiting.take()).toEqual([clear('camera'), raise('camera', { last: true })]);
});

test('whoever asked is told when the later word is committed; what is in flight is not replaced', () => {
  const waiting = new WaitingOperations();
  const told: string[] = [];
  waiting.push(raise('a'), () => told.push('in flight'));
  waiting.take();
  waiting.push(clear('a'), () => told.push('first'));
  waiting.push(clear('a'), () => told.push('second'));
  expect(waiting.count).toBe(2);
  for (const tell of waiting.settle()) tell();
  expect(told).toEqual(['in flight']);
  expect(waiting.take()).toEqual([clear('a')]);
  for (const tell of waiting.settle()) tell();
  expect(told).toEqual(['in flight', 'first', 'second']);
});

test('a cursor of another epoch, or one that would move back, replaces nothing; a lawful deletion never gives way', () => {
  const waiting = new WaitingOperations();
  const cursor = (epoch: string, seq: number): StoreOperation => ({
    ...{ kind: 'advanceCursor', consumer: 'mqtt', epoch, seq, atWall: 1 },
  });
  const gone: StoreOperation = {
    ...{ kind: 'deletePersonal', fromSeq: 1, toSeq: 2, reason: 'law', atMono: 1, atWall: 1 },
  };
  for (const each of [cursor('e', 5), cursor('e', 9), cursor('e', 3), cursor('f', 1), gone, gone])
    waiting.push(each, nobody);
  expect(waiting.take()).toEqual([cursor('e', 9), cursor('e', 3), cursor('f', 1), gone, gone]);
});

test('beyond a thousand distinct ones the next is refused and told, and one that replaces another still finds room', async () => {
  const told: string[] = [];
  const sent: Batch[] = [];
  const queue = new JournalQueue(
    { clock: new HandClock() },
    { acked: nobody, refused: nobody, mended: nobody, overfull: (limit, most) => told.push(`${limit} ${most}`) },
    { send: (batch) => sent.push(batch) },
  );
  queue.append([record(1)]);
  expect(sent).toHaveLength(1);
  for (let n = 0; n < OPERATIONS_MAX; n += 1) void queue.run(raise(`d${n}`));
  expect(told).toEqual([]);
  expect(queue.status().crowded).toBe(true);
  await expect(queue.run(raise('one more'))).rejects.toMatchObject({ code: 'storeQueueFull' });
  expect(told).toEqual(['operations 1000']);
  void queue.run(clear('d7'));
  expect(told).toHaveLength(1);
  queue.stop();
});

test('records that reach the limit of memory are told too', () => {
  const told: string[] = [];
  const limits = { records: 10, recordsHard: 12, chars: 1_000_000, keptKinds: new Set<string>() };
  const queue = new JournalQueue(
    { clock: new HandClock(), limits },
    { acked: nobody, refused: nobody, mended: nobody, overfull: (limit, most) => told.push(`${limit} ${most}`) },
    { send: nobody },
  );
  for (let ref = 1; ref < 10; ref += 1) queue.append([record(ref)]);
  expect(told).toEqual([]);
  queue.append([record(10)]);
  expect(told).toEqual(['records 10']);
  queue.stop();
});
