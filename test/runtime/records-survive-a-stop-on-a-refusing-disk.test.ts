import Database from 'better-sqlite3';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/core/io.ts';
import { beginSite } from '../../src/core/site-state.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { GatewayStore } from '../../src/runtime/gateway-store.ts';
import { Loop } from '../../src/runtime/loop.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournalReader, type StoredRecord } from '../../src/store/journal-read.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { asRoot, tempDir, until } from '../store/support.ts';
import { gateSite } from './fixtures.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The real store behind the real loop, as the daemon has them. */
async function gate(
  boot: string,
  stateDir: string,
  spareDirs: readonly string[] = [],
  before: (loop: Loop) => void = () => undefined,
) {
  const clock = systemClock();
  const logs: string[] = [];
  const records: JournalRecord[] = [];
  const log = (message: string, facts: Readonly<Record<string, unknown>> = {}) =>
    void logs.push(`${message} ${JSON.stringify(facts)}`);
  const holder: { loop: Loop | null } = { loop: null };
  const loopOf = (): Loop => {
    if (holder.loop === null) throw new Error('the loop is not there yet');
    return holder.loop;
  };
  const store = new GatewayStore({
    ...{ clock, stateDir, spareDirs, boot, log: { info: log, warn: log, error: log } },
    gateway: () => 'site',
    loop: loopOf,
    fault: (code, subject, raised, detail) => loopOf().request({ kind: 'systemFault', code, subject, raised, detail }),
    outbox: { attach() {}, async detach() {}, committed() {}, anchored() {} },
    latch: { attach: () => undefined, detach: () => undefined },
    claims: { attach: () => undefined, detach: () => undefined },
    drills: { attach: () => undefined, detach: () => undefined },
  });
  const loop = new Loop(beginSite(gateSite(), boot, clock.mono()), {
    ...{ clock, journal: store.late, lists: store.late },
    field: {
      command: () => Promise.resolve({ result: 'confirmed', sentAt: clock.mono(), detail: '' }),
      withdraw: () => undefined,
      watch: () => undefined,
    },
    wallTrusted: () => true,
    faultChanged: (fault, raised) => store.keepFault(fault, raised),
    recorded: (record) => records.push(record),
    failed: (error) => log(String(error)),
  });
  holder.loop = loop;
  before(loop);
  await store.start();
  return {
    ...{ store, loop, logs, records },
    press(pressed: boolean): void {
      const values = { closedLimit: true, openLimit: false, button: pressed };
      void loop.observe({ kind: 'inputsRead', device: 'board', at: clock.mono(), values });
    },
    async stop(): Promise<void> {
      loop.stop();
      await store.stop();
    },
  };
}

type Gate = Awaited<ReturnType<typeof gate>>;

/** Once the disk refuses, the button is pressed and the process stops: what that recorded has nowhere to go. */
async function pressAndStop(running: Gate): Promise<readonly JournalRecord[]> {
  const body = { text: 'x'.repeat(100_000) };
  await until('the refusal', () => {
    running.loop.request({ kind: 'note', record: 'note', body });
    return running.loop.site.journal === 'broken';
  });
  const from = running.records.length;
  for (const pressed of [false, true, false]) running.press(pressed);
  await running.stop();
  return running.records.slice(from);
}

const rowsOf = (dir: string, boot: string): readonly StoredRecord[] => {
  const reader = openJournalReader(dir);
  try {
    return reader.readFrom(0, 1000).filter((row) => row.boot === boot);
  } finally {
    reader.close();
  }
};

const opened = (records: readonly JournalRecord[]): boolean =>
  records.some(({ kind, body }) => kind === 'commanded' && body.priority === 'guard');

async function comesBack(dir: string, spare: readonly string[], made: readonly JournalRecord[]): Promise<void> {
  const next = await gate('boot2', dir, spare);
  await next.stop();
  const rows = rowsOf(dir, 'boot1');
  const late = new Set(rows.filter((row) => row.late).map((row) => row.ref));
  expect(made.filter(({ ref }) => !late.has(ref))).toEqual([]);
  expect(rows.map(({ ref }) => ref).filter((ref) => ref !== null)).toEqual(
    Array.from({ length: made.at(-1)?.ref ?? 0 }, (_, at) => at + 1),
  );
  expect(verifyJournal(dir).sound).toBe(true);
}

it('records that find no room before the store opens are a fault that stands, told once', async () => {
  const dir = tempDir();
  const running = await gate('boot1', dir, [], (loop) => {
    for (let n = 0; n < 20_010; n += 1) loop.request({ kind: 'note', record: 'note', body: { n } });
  });
  cleanups.push(() => running.stop());
  const raised = running.records.filter(({ kind, body }) => kind === 'faultRaised' && body.code === 'storeOverfull');
  expect(raised.map(({ body }) => body.detail)).toEqual([{ limit: 'records', most: 20_000 }]);
  expect(running.loop.site.faults['storeOverfull@site']).toBeDefined();
  expect(running.records.find(({ kind }) => kind === 'recordsLost')?.body.count).toBe(11);
}, 60_000);

describe('a stop while the disk refuses', () => {
  it('keeps what could not be written beside the database, and the next start writes it, late', async () => {
    const dir = tempDir();
    const running = await gate('boot1', dir);
    const other = new Database(databasePath(dir));
    cleanups.push(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const made = await pressAndStop(running);
    expect(opened(made)).toBe(true);
    expect(readdirSync(dir)).toContain('unwritten-boot1.records');
    // The count and the file are said, nothing of what is in it (I14).
    expect(running.logs.some((line) => /kept for the next start .*"count":\d+/.test(line))).toBe(true);
    other.exec('ROLLBACK');
    await comesBack(dir, [], made);
    expect(readdirSync(dir)).not.toContain('unwritten-boot1.records');
  }, 60_000);

  it('with no room on its disk uses the spare folder', async () => {
    const mount = join(tempDir(), 'small');
    mkdirSync(mount);
    asRoot('mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', mount);
    cleanups.push(() => asRoot('umount', '-l', mount));
    const dir = join(mount, 'data');
    const spare = tempDir();
    const running = await gate('boot1', dir, [spare]);
    fill(join(mount, 'full'));
    const made = await pressAndStop(running);
    expect(opened(made)).toBe(true);
    expect(readdirSync(spare)).toEqual(['unwritten-boot1.records']);
    asRoot('mount', '-o', 'remount,size=60m', mount);
    await comesBack(dir, [spare], made);
  }, 60_000);

  it('and nowhere to write states how many are lost', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'no-folder'), '');
    const state = join(dir, 'no-folder', 'state');
    const running = await gate('boot1', state, [join(dir, 'no-folder', 'run')]);
    const made = await pressAndStop(running);
    expect(opened(made)).toBe(true);
    const line = running.logs.find((each) => each.includes('could not be written before the end')) ?? '';
    expect(JSON.parse(line.slice(line.indexOf('{')))).toEqual({ count: running.records.length });
  }, 60_000);
});

function fill(path: string): void {
  const piece = Buffer.alloc(4096, 1);
  for (;;) {
    try {
      writeFileSync(path, piece, { flag: 'a' });
    } catch {
      return;
    }
  }
}
