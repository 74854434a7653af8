/** What persons have claimed, on a real disk: written when it changes, read before anything else, and never believed to be empty. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Request } from '../../src/core/io.ts';
import { modeOf } from '../../src/core/lane/claims.ts';
import { beginSite } from '../../src/core/site-state.ts';
import type { Now } from '../../src/core/values.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { ClaimMemory, claimsPath } from '../../src/runtime/claim-memory.ts';
import { afterAbsence, claimsFrom } from '../../src/runtime/kept-claims-file.ts';
import { Loop } from '../../src/runtime/loop.ts';
import type { Store } from '../../src/store/store.ts';
import { readStateFile } from '../../src/store/state-file.ts';
import { until } from '../e2e/harness.ts';
import { gateSite } from './fixtures.ts';

const folders: string[] = [];
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'gatehouse-claims-'));
  folders.push(made);
  return made;
}

/** A gate on this folder, as a start makes it. `wall`: what its clock says, and whether anybody vouches for it. */
function begin(dir: string, wall: Partial<Now> = {}) {
  const clock = systemClock();
  const holder: { loop: Loop | null } = { loop: null };
  const loopOf = (): Loop => holder.loop as Loop;
  const log = () => undefined;
  const memory = new ClaimMemory({
    ...{ clock, stateDir: dir, log: { info: log, warn: log, error: log } },
    site: () => loopOf().site,
    now: () => ({ ...loopOf().now(), ...wall }),
    request: (request) => loopOf().request(request),
    fault: (code, subject, raised, detail) => loopOf().request({ kind: 'systemFault', code, subject, raised, detail }),
  });
  const loop = new Loop(beginSite(gateSite(), 'b', clock.mono()), {
    clock,
    journal: { append: log, hasRoom: () => true, flush: () => Promise.resolve(true), close: () => Promise.resolve() },
    lists: { lookup: () => ({ listVersion: '', listAgeMs: 0, rows: [], near: [], lookupUs: 0, available: false }) },
    field: {
      command: () => Promise.resolve({ result: 'confirmed', sentAt: clock.mono(), detail: '' }),
      withdraw: log,
      watch: log,
    },
    wallTrusted: () => true,
    faultChanged: log,
    recorded: () => memory.look(),
    failed: (error) => {
      throw error instanceof Error ? error : new Error(String(error));
    },
  });
  holder.loop = loop;
  memory.begin();
  const end = async (): Promise<void> => {
    await memory.stop();
    loop.stop();
  };
  undo.push(end);
  const claims = () => loop.site.lanes.east?.claims ?? [];
  const faults = () => Object.values(loop.site.faults).map(({ code }) => code);
  return { loop, memory, end, claims, faults, mode: () => modeOf(claims()) };
}

const by = { via: 'cli', name: '李工' };
const claim = (purpose: 'lockdown' | 'outOfService' | 'hold', expiresInMs: number | null = null): Request => ({
  ...{ kind: 'claim', lane: 'east', by, purpose, key: purpose, reason: '训练', expiresInMs },
});
const kept = (dir: string) => {
  const read = readStateFile(claimsPath(dir));
  return read.kind === 'read' ? claimsFrom(read.value) : null;
};

describe('claims of persons', () => {
  it('stand after a restart without anybody’s name on the disk, and a released one does not', async () => {
    const dir = folder();
    const first = begin(dir);
    first.loop.request(claim('lockdown'));
    first.loop.request(claim('outOfService', 3_600_000));
    first.loop.request({ kind: 'releaseClaim', lane: 'east', key: 'lockdown', by });
    await until('it is kept', () => kept(dir)?.claims.length === 1);
    await first.end();
    expect(JSON.stringify(kept(dir))).not.toMatch(/李工|训练/);
    const second = begin(dir);
    expect(second.mode()).toBe('outOfService');
    expect(second.claims()[0]).toMatchObject({ key: 'outOfService', by: { via: 'cli', name: null } });
    expect(second.claims()[0]?.expiresAt).not.toBeNull();
    expect(second.faults()).toEqual([]);
  });

  it('that ended while the gateway was off are off the disk as well, and no write goes back behind an older one', async () => {
    const dir = folder();
    const first = begin(dir);
    first.loop.request(claim('lockdown'));
    first.loop.request(claim('outOfService', 60_000));
    await until('both are kept', () => kept(dir)?.claims.length === 2);
    await first.end();
    const generation = () => {
      const read = readStateFile(claimsPath(dir));
      return read.kind === 'read' ? read.generation : 0;
    };
    const before = generation();
    const second = begin(dir, { wall: Date.now() + 3_600_000, wallTrusted: true });
    expect(second.claims().map(({ key }) => key)).toEqual(['lockdown']);
    await until('its end is kept', () => kept(dir)?.claims.length === 1);
    expect(generation()).toBe(before + 1);
  });

  it('that a crash finds half written are read from the other copy', async () => {
    const dir = folder();
    const first = begin(dir);
    first.loop.request(claim('lockdown'));
    await until('it is kept', () => kept(dir)?.claims.length === 1);
    await first.end();
    writeFileSync(`${claimsPath(dir)}.a`, 'torn');
    expect(begin(dir).mode()).toBe('lockedDown');
  });

  it('that cannot be read are a fault until somebody orders anew', async () => {
    const dir = folder();
    for (const copy of ['a', 'b']) writeFileSync(`${claimsPath(dir)}.${copy}`, 'torn');
    const gate = begin(dir);
    expect(gate.faults()).toEqual(['claimsUnreadable']);
    gate.loop.request(claim('lockdown'));
    await until('it is kept', () => kept(dir)?.claims.length === 1);
    await until('the fault is over', () => gate.faults().length === 0);
  });

  it('whose file is gone are a fault, which a database tells that has known of one; a first start is none', async () => {
    const dir = folder();
    const known = new Map<string, unknown>();
    const store = {
      reader: () => ({ value: (key: string) => known.get(key) }),
      journal: {
        run: ({ key, value }: { key: string; value: unknown }) => {
          known.set(key, value);
          return Promise.resolve();
        },
      },
    } as unknown as Store;
    const first = begin(dir);
    first.memory.attach(store);
    expect(first.faults()).toEqual([]);
    expect(known.size).toBe(0);
    first.loop.request(claim('outOfService'));
    await until('the database knows', () => known.size === 1);
    await first.end();
    const second = begin(dir);
    second.memory.attach(store);
    expect(second.faults()).toEqual([]);
    expect(second.mode()).toBe('outOfService');
    await second.end();
    for (const copy of ['a', 'b']) rmSync(`${claimsPath(dir)}.${copy}`, { force: true });
    const third = begin(dir);
    expect(third.faults()).toEqual([]);
    third.memory.attach(store);
    expect(third.faults()).toEqual(['claimsUnreadable']);
    third.loop.request(claim('lockdown'));
    await until('the fault is over', () => third.faults().length === 0);
    // Of another database it is not asked what the first one has answered, and the new one is told.
    known.clear();
    third.memory.detach();
    third.memory.attach(store);
    await until('the next database knows', () => known.size === 1);
    expect(third.faults()).toEqual([]);
  });

  it('act all the same where the disk takes them not, under a fault that ends when it does', async () => {
    const dir = folder();
    const gate = begin(join(dir, 'state'));
    writeFileSync(join(dir, 'state'), 'no folder');
    gate.loop.request(claim('lockdown'));
    await until('the fault', () => gate.faults().includes('claimsNotKept'));
    expect(gate.mode()).toBe('lockedDown');
    rmSync(join(dir, 'state'));
    await until('it is kept', () => kept(join(dir, 'state'))?.claims.length === 1);
    await until('the fault is over', () => gate.faults().length === 0);
  });
});

describe('the time that a claim has left', () => {
  const file = {
    writtenAt: 1_000_000,
    claims: [
      {
        ...{ lane: 'east', key: 'lockdown', purpose: 'lockdown' as const, via: 'cli', since: 0 },
        ...{ remainingMs: 60_000, passagesLeft: null, wholeSite: false },
      },
    ],
  };
  it.each([
    ['goes on while the process is away', 1_020_000, true, 40_000],
    ['runs out while it is away', 2_000_000, true, 0],
    ['has not grown where the clock went back', 900_000, true, 60_000],
    ['is what it was where nobody vouches for the clock', 2_000_000, false, 60_000],
  ])('%s', (_, wall, trusted, left) => {
    expect(afterAbsence(file, wall, trusted)[0]?.remainingMs).toBe(left);
  });
});
