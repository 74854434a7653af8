import { afterEach, expect, it, vi } from 'vitest';
import { UPSTREAM_CONSUMER } from '../../src/runtime/upstream-protocol.ts';
import { newestAnchor, readAnchors } from '../../src/store/anchors.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournalFile } from '../../src/store/journal-read.ts';
import { Subscriber } from '../upstream/broker.ts';
import { Stage, until } from './harness.ts';
import { committedRecords } from './journal-check.ts';
import { resident } from './one-gate.ts';
import { drained, hasCome, platform } from './platform.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

function cursorOf(stateDir: string): number {
  const reader = openJournalFile(databasePath(stateDir));
  const seq = reader.cursor(UPSTREAM_CONSUMER)?.seq ?? 0;
  reader.close();
  return seq;
}

it('the next process sends only what the platform had not acknowledged, and retains there the anchor of the stop', async () => {
  const { gate, broker, pass } = await platform(stage);
  const { state } = gate.site;
  const first = gate.launch();
  await first.ready();
  await pass(first, resident);
  await first.when('all has been taken', drained);
  const taken = committedRecords(state).length;
  await until('the database knows how far the platform has got', () => cursorOf(state) >= taken);
  await first.stop();
  const cursor = cursorOf(state);
  const anchor = newestAnchor(state);
  expect(anchor).toEqual(readAnchors(state).anchors.at(-1));
  expect(anchor?.seq).toBeGreaterThanOrEqual(taken);
  // One that was not there before: it gets what is retained, and of the records only what comes from now on.
  const late = await Subscriber.make(stage, broker.watchPort, '#', ['-V', '311', '-i', 'late']);
  const second = gate.launch();
  await second.ready();
  await second.when('all has been taken', drained);
  await hasCome(late, committedRecords(state).slice(0, cursor + 1));
  expect(Math.min(...late.events().map(({ seq }) => seq))).toBe(cursor + 1);
  const told = () => late.heard().findLast(({ topic }) => topic.endsWith('/anchor'))?.payload ?? '{}';
  await until('the anchor is there', () => JSON.parse(told()).seq === anchor?.seq);
  expect(JSON.parse(told())).toEqual({ schema: 'gatehouse/anchor/1', ...anchor });
});
