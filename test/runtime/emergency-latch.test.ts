/** The latch on a real disk and a real database: what is written when, and that nothing waits for it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Request } from '../../src/core/io.ts';
import { beginSite } from '../../src/core/site-state.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { EmergencyLatch, latchPath } from '../../src/runtime/emergency-latch.ts';
import { keptFrom, LATCH_KEY } from '../../src/runtime/kept-latch.ts';
import { Loop } from '../../src/runtime/loop.ts';
import { readStateFile } from '../../src/store/state-file.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { until } from '../e2e/harness.ts';
import { gateSite } from './fixtures.ts';

vi.setConfig({ testTimeout: 30_000 });

const folders: string[] = [];
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'gatehouse-latch-'));
  folders.push(made);
  return join(made, 'state');
}

const fire: Request = { kind: 'emergency', by: { via: 'cli', name: '李' }, reach: { kind: 'site' }, reason: '' };
const ended: Request = { kind: 'releaseClaim', lane: 'east', by: { via: 'cli', name: '李' }, key: 'order:site' };

interface Running {
  readonly loop: Loop;
  readonly latch: EmergencyLatch;
  readonly sent: string[];
  faults(): readonly string[];
  open(): Promise<Store>;
  end(): Promise<void>;
}

/** A gate on this folder, as a start makes it; its store opens when it is told to. */
function begin(dir: string, boot: string): Running {
  const clock = systemClock();
  const sent: string[] = [];
  const holder: { loop: Loop | null } = { loop: null };
  const loopOf = (): Loop => holder.loop as Loop;
  const log = () => undefined;
  const latch = new EmergencyLatch({
    ...{ clock, stateDir: dir, log: { info: log, warn: log, error: log } },
    site: () => loopOf().site,
    request: (request) => loopOf().request(request),
    fault: (code, subject, raised, detail) => loopOf().request({ kind: 'systemFault', code, subject, raised, detail }),
  });
  const loop = new Loop(beginSite(gateSite(), boot, clock.mono()), {
    clock,
    journal: { append: log, hasRoom: () => true, flush: () => Promise.resolve(true), close: () => Promise.resolve() },
    lists: { lookup: () => ({ listVersion: '', listAgeMs: 0, rows: [], near: [], lookupUs: 0, available: false }) },
    field: {
      command(_, { action }) {
        sent.push(action);
        return Promise.resolve({ result: 'confirmed', sentAt: clock.mono(), detail: '' });
      },
      withdraw: log,
      watch: log,
    },
    wallTrusted: () => true,
    faultChanged: log,
    recorded: () => latch.look(),
    failed: (error) => {
      throw error instanceof Error ? error : new Error(String(error));
    },
  });
  holder.loop = loop;
  latch.begin();
  let store: Store | null = null;
  const end = async (): Promise<void> => {
    await latch.stop();
    loop.stop();
    await store?.close();
    store = null;
  };
  undo.push(end);
  return {
    ...{ loop, latch, sent, end },
    faults: () => Object.values(loop.site.faults).map(({ code }) => code),
    async open() {
      store = await openStore(
        { dir, gateway: 'site', boot, clock, ballastBytes: 0 },
        { acked: log, refused: log, mended: log, listChanged: log, listFailed: log },
      );
      latch.attach(store);
      return store;
    },
  };
}

const inFile = (dir: string) => {
  const read = readStateFile(latchPath(dir));
  return read.kind === 'read' ? keptFrom(read.value) : null;
};
const keysIn = (dir: string) => inFile(dir)?.causes.map(({ key }) => key);
const keysInDatabase = (store: Store) => keptFrom(store.reader()?.value(LATCH_KEY))?.causes.map(({ key }) => key);

describe('the emergency latch', () => {
  it('is in both places soon after each change, and in none before anything has happened', async () => {
    const dir = folder();
    const gate = begin(dir, 'a');
    expect(inFile(dir)).toBeNull();
    const store = await gate.open();
    await until('the first word', () => inFile(dir) !== null);
    gate.loop.request(fire);
    expect(gate.sent).toEqual(['pulseOpen']);
    await until('the file has it', () => keysIn(dir)?.[0] === 'order:site');
    await until('the database has it', () => keysInDatabase(store)?.[0] === 'order:site');
    gate.loop.request(ended);
    await until('the file has its end', () => keysIn(dir)?.length === 0);
    await until('the database has its end', () => keysInDatabase(store)?.length === 0);
  });

  it('brings the emergency back before the database is open, and doubts nothing where the two agree (I3)', async () => {
    const dir = folder();
    const first = begin(dir, 'a');
    const store = await first.open();
    first.loop.request(fire);
    await until('the database has it', () => keysInDatabase(store)?.[0] === 'order:site');
    await first.end();
    const second = begin(dir, 'b');
    expect(second.loop.site.emergencies.map(({ key }) => key)).toEqual(['order:site']);
    await until('it is asserted', () => second.sent.length > 0);
    await second.open();
    expect(second.faults()).not.toContain('latchUnreadable');
  });

  it.each([
    [
      'a file of which no copy is whole',
      (dir: string) => ['a', 'b'].map((copy) => writeFileSync(`${latchPath(dir)}.${copy}`, 'x')),
    ],
    ['a file that is gone', (dir: string) => ['a', 'b'].map((copy) => rmSync(`${latchPath(dir)}.${copy}`))],
    [
      'a database that is gone',
      (dir: string) => readdirSync(dir).map((name) => name.startsWith('gatehouse.db') && rmSync(join(dir, name))),
    ],
  ])(
    'after a start with %s holds what the other place has, and is doubted over further restarts',
    async (_, damage) => {
      const dir = folder();
      const first = begin(dir, 'a');
      const store = await first.open();
      first.loop.request(fire);
      await until('the database has it', () => keysInDatabase(store)?.[0] === 'order:site');
      await first.end();
      damage(dir);
      for (const boot of ['b', 'c']) {
        const gate = begin(dir, boot);
        const again = await gate.open();
        expect(gate.loop.site.emergencies.map(({ key }) => key)).toEqual(['order:site']);
        expect(gate.faults()).toContain('latchUnreadable');
        await until('both are written', () => inFile(dir)?.doubt != null && keysInDatabase(again) !== undefined);
        await gate.end();
      }
      const last = begin(dir, 'd');
      const reopened = await last.open();
      const by = { via: 'cli', name: '李' };
      last.loop.request({ kind: 'acknowledgeFault', lane: 'east', by, fault: 'latchUnreadable', reason: '看过' });
      await until('the doubt is over in both', () => {
        const kept = keptFrom(reopened.reader()?.value(LATCH_KEY));
        return inFile(dir)?.doubt === null && kept !== null && kept.doubt === null;
      });
      await last.end();
      const after = begin(dir, 'e');
      await after.open();
      expect(after.faults()).not.toContain('latchUnreadable');
    },
  );

  it('that cannot be written is a fault; the emergency acts all the same, and is written once the disk takes it', async () => {
    const dir = folder();
    mkdirSync(dir, { mode: 0o700 });
    // Also for root: where the copies belong there is a folder with something in it.
    for (const copy of ['a', 'b']) mkdirSync(join(`${latchPath(dir)}.${copy}`, 'in-the-way'), { recursive: true });
    const gate = begin(dir, 'a');
    expect(gate.faults()).toContain('latchUnreadable');
    gate.loop.request(fire);
    expect(gate.sent).toEqual(['pulseOpen']);
    await until('the fault', () => gate.faults().includes('latchNotKept'));
    for (const copy of ['a', 'b']) rmSync(`${latchPath(dir)}.${copy}`, { recursive: true });
    await until('it is written', () => keysIn(dir)?.[0] === 'order:site');
    await until('the fault is over', () => !gate.faults().includes('latchNotKept'));
  });
});
