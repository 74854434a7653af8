import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { FromUplinkThread } from '../../src/runtime/upstream-protocol.ts';
import { UpstreamWorker } from '../../src/runtime/upstream-worker.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { encodeRecord } from '../../src/store/encode-record.ts';
import { JournalWriter } from '../../src/store/journal-writer.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import { Stage, start, until } from '../e2e/harness.ts';
import { Broker, Subscriber } from '../upstream/broker.ts';
import { settingsFor } from '../upstream/fixtures.ts';

vi.setConfig({ testTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

/** The real thread; the questions put to it, and the waits before another, go by a clock in our hands. */
function worker(begun: (it: UpstreamWorker) => void = () => undefined) {
  const clock = new ManualClock();
  const told = { begun: 0, heard: [] as FromUplinkThread[], lost: [] as string[], logged: [] as string[] };
  const log = (message: string): void => void told.logged.push(message);
  const it = new UpstreamWorker({
    ...{ clock, log: { info: log, warn: log, error: log } as never },
    data: () => ({ gateway: 'test', boot: 'boot1' }),
    begun: () => {
      told.begun += 1;
      begun(it);
    },
    heard: (message) => void told.heard.push(message),
    lost: ({ code }) => void told.lost.push(code),
  });
  const statuses = (): number => told.heard.filter(({ kind }) => kind === 'status').length;
  const asked = async (): Promise<void> => {
    const before = statuses();
    await clock.pass(4000);
    await until('it answers', () => statuses() > before);
  };
  stage.onEnd(async () => {
    const stopped = it.stop();
    const turning = setInterval(() => void clock.pass(1000), 20);
    await stopped;
    clearInterval(turning);
  });
  return { it, clock, told, asked };
}

describe("the uplink's thread", () => {
  it('is asked for a sign of life, and left alone while it gives one', async () => {
    const { it: thread, told, asked } = worker();
    thread.start();
    for (let round = 0; round < 8; round += 1) await asked();
    expect(told).toMatchObject({ begun: 1, lost: [] });
  });

  it('that hangs in a call of the system is given up, and followed by another only once it has ended', async () => {
    const dir = stage.folder();
    // Opening it waits for a writer: as a disk that does not answer.
    await start(stage, 'mkfifo', [databasePath(dir)]).ended;
    const { it: thread, clock, told, asked } = worker();
    thread.start();
    await asked();
    thread.post({ kind: 'ask' });
    thread.post({ kind: 'attach', dir, database: 1, replaced: null });
    await until('it goes on to the database', () => told.heard.length === 2);
    for (let at = 0; at < 3; at += 1) await clock.pass(4000);
    expect(told.lost).toEqual([]);
    await clock.pass(4000);
    expect(told.lost).toEqual(['threadBlocked']);
    await clock.pass(300_000);
    expect(told.begun).toBe(1);
    await until('it is let go', () => hasReader(databasePath(dir)));
    await until('another one is begun', async () => {
      await clock.pass(1000);
      return told.begun === 2;
    });
    await asked();
    expect(told.lost).toEqual(['threadBlocked']);
  });

  it('that was not wanted any more and is wanted again begins once the one before has said good-bye', async () => {
    const broker = await Broker.make(stage);
    const subscriber = await Subscriber.make(stage, broker.watchPort);
    const {
      it: thread,
      clock,
      told,
    } = worker((begun) => begun.post({ kind: 'configure', settings: settingsFor(broker.port) }));
    const said = (reason: string): number =>
      subscriber.heard().filter(({ payload }) => payload.includes(`"reason":"${reason}"`)).length;
    thread.start();
    await until('it is connected', () => said('connected') === 1);
    thread.end();
    thread.start();
    expect(told.begun).toBe(1);
    await until('the next is connected', async () => {
      await clock.pass(500);
      return said('connected') === 2;
    });
    const words = subscriber.heard().filter(({ topic }) => topic.endsWith('/status'));
    expect(words.map(({ payload }) => JSON.parse(payload).reason)).toEqual(['connected', 'stopped', 'connected']);
    expect(told.lost).toEqual([]);
  });

  it('drains records of the largest size that the journal takes in the memory that it has', async () => {
    const dir = stage.folder();
    fill(dir, 64);
    const broker = await Broker.make(stage);
    const { it: thread, told } = worker((begun) => {
      begun.post({ kind: 'configure', settings: settingsFor(broker.port) });
      begun.post({ kind: 'attach', dir, database: 1, replaced: null });
    });
    thread.start();
    await until(
      'all are acknowledged',
      () =>
        told.lost.length > 0 ||
        told.heard.some((message) => message.kind === 'progress' && message.progress.seq === 64),
      30_000,
    );
    expect(told).toMatchObject({ begun: 1, lost: [] });
  });
});

/** Opens a pipe for writing, as its reader has waited for, and closes it again. */
function hasReader(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** Records with all that a body and what is personal may hold, in a shape that takes many times as much once it is read. */
function fill(dir: string, count: number): void {
  prepareStore({ dir, gateway: 'test', atWall: 1_790_000_000_000 });
  const db = openForWriting(databasePath(dir));
  const writer = new JournalWriter(db, { boot: 'before', random: randomBytes });
  const held = { lists: Array.from({ length: 87_000 }, () => []) };
  const at = { mono: 1, wall: 1_790_000_000_000, wallTrusted: true };
  for (let ref = 1; ref <= count; ref += 1) {
    const record = encodeRecord({
      ref,
      kind: 'position',
      lane: null,
      at,
      cause: null,
      body: held,
      personal: held,
    });
    writer.commit({ id: 0, records: [{ late: false, record }], operations: [], again: false });
  }
  db.close();
}
