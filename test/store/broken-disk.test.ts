/** Real processes over real SQLite, their disk made slow, full or faulty by strace (reliability.md §6). */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { asRoot, type Child, preparedDir, startChild, tempDir, until } from './support.ts';

const LONG = 60_000;

function rowsOf(dir: string) {
  const reader = openJournalReader(dir);
  const rows = reader.readFrom(0, 10_000);
  reader.close();
  return rows;
}

/** strace over the whole process, faults only on the WAL of the one database. */
const strace = (dir: string, out: string, ...inject: string[]): string[] => [
  'strace',
  '-f',
  '-qq',
  '-o',
  out,
  '-P',
  `${databasePath(dir)}-wal`,
  ...inject,
];

/** Mounting needs root or sudo, as the bootstrap of `npm test` does. */
const lastAcked = (child: Child): number =>
  Number(
    child.lines
      .filter((line) => line.startsWith('acked'))
      .at(-1)
      ?.split(' ')[1] ?? 0,
  );

test(
  'every acknowledged commit was fsynced',
  async () => {
    const dir = preparedDir();
    const out = join(tempDir(), 'trace');
    const child = startChild('writer-child.ts', [dir, '50'], strace(dir, out, '-e', 'trace=fsync,fdatasync'));
    expect(await child.exited).toBe(0);
    const commits = new Set(child.lines.filter((line) => line.startsWith('acked')).map((line) => line.split(' ')[2]));
    const fsyncs = readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => /f(data)?sync\(/.test(line)).length;
    // On a busy machine an outage may be noticed and mended, which is a record of its own.
    expect(commits.size).toBeGreaterThanOrEqual(50);
    expect(fsyncs).toBeGreaterThanOrEqual(commits.size);
  },
  LONG,
);

test(
  'the same count shows that the default of better-sqlite3 would not fsync',
  () => {
    const dir = tempDir();
    const out = join(dir, 'trace');
    const script = `const db = new (require('better-sqlite3'))('${dir}/a.db'); db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE t (x)'); for (let i = 0; i < 50; i += 1) db.exec('INSERT INTO t VALUES (1)');`;
    const run = spawnSync(
      'strace',
      ['-f', '-qq', '-o', out, '-e', 'trace=fsync,fdatasync', process.execPath, '-e', script],
      {
        cwd: new URL('../..', import.meta.url).pathname,
      },
    );
    expect(run.status).toBe(0);
    const fsyncs = readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => /f(data)?sync\(/.test(line)).length;
    expect(fsyncs).toBeLessThan(50);
  },
  LONG,
);

test('kill -9 loses no acknowledged record, and the chain verifies after every round (I6)', async () => {
  const dir = preparedDir();
  for (let round = 1; round <= 6; round += 1) {
    const before = rowsOf(dir).length;
    const child = startChild('writer-child.ts', [dir, '0', round % 2 === 0 ? '0' : '2', `boot-${round}`]);
    const goal = 20 + round * 7;
    await until('records acknowledged', () => lastAcked(child) >= goal, 30_000);
    child.process.kill('SIGKILL');
    await child.exited;
    const acked = lastAcked(child);
    expect(prepareStore({ dir, gateway: 'gw-child', atWall: Date.now() }).kind).toBe('ready');
    // The journal's own word of a disk slow for a moment has no number of ours; a busy machine may bring one in.
    const rows = rowsOf(dir).filter((row) => row.boot === `boot-${round}` && row.ref !== null);
    expect(rows.length).toBeGreaterThanOrEqual(acked);
    expect(rows.slice(0, acked).map((row) => row.ref)).toEqual(Array.from({ length: acked }, (_, at) => at + 1));
    expect(rows[0]?.seq).toBe(before + 1);
    expect(verifyJournal(dir)).toMatchObject({ sound: true });
  }
}, 120_000);

describe('slow fsync', () => {
  test(
    '20 ms: the main thread reads its 10 Hz input on time, and nothing is refused',
    async () => {
      const dir = preparedDir();
      const out = join(tempDir(), 'trace');
      const slow = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:delay_enter=20000'];
      const child = startChild('writer-child.ts', [dir, '100', '20'], strace(dir, out, ...slow));
      expect(await child.exited).toBe(0);
      expect(lastAcked(child)).toBe(100);
      const flushed = child.lines.find((line) => line.startsWith('flushed')) ?? '';
      const [, , , ticks = '0', , worst = '9999'] = flushed.split(' ');
      expect(Number(ticks)).toBeGreaterThan(10);
      // 100 commits of 20 ms on the main thread would add up; one scheduling hiccup of a shared machine does not reach this.
      expect(Number(worst)).toBeLessThan(1000);
    },
    LONG,
  );

  test(
    '2 s: refused while the fsync hangs, then mended, everything in order and the held records marked late',
    async () => {
      const dir = preparedDir();
      const out = join(tempDir(), 'trace');
      const slow = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:delay_enter=2000000:when=5'];
      const child = startChild('writer-child.ts', [dir, '60', '40'], strace(dir, out, ...slow));
      expect(await child.exited).toBe(0);
      const refused = child.lines.findIndex((line) => /^refused \d+ journalSlow/.test(line));
      const mended = child.lines.indexOf('mended');
      expect(refused).toBeGreaterThan(0);
      expect(mended).toBeGreaterThan(refused);
      const rows = rowsOf(dir);
      expect(rows.filter((row) => row.ref !== null).map((row) => row.ref)).toEqual(
        Array.from({ length: 60 }, (_, at) => at + 1),
      );
      expect(rows.filter((row) => row.late).length).toBeGreaterThan(5);
      expect(rows.find((row) => row.kind === 'journalMended')?.body.why).toMatch(/journalSlow/);
      const flushed = child.lines.find((line) => line.startsWith('flushed')) ?? '';
      // The main thread kept ticking through the 2 s in which the writer hung.
      expect(Number(flushed.split(' ')[5])).toBeLessThan(1500);
    },
    LONG,
  );
});

describe('a faulty disk', () => {
  test(
    'ENOSPC: refused, then everything is written in order when there is room again',
    async () => {
      const dir = preparedDir();
      const out = join(tempDir(), 'trace');
      const full = ['-e', 'trace=pwrite64', '-e', 'inject=pwrite64:error=ENOSPC:when=20..24'];
      const child = startChild('writer-child.ts', [dir, '80', '20'], strace(dir, out, ...full));
      expect(await child.exited).toBe(0);
      expect(child.lines.some((line) => /^refused \d+ SQLITE_FULL/.test(line))).toBe(true);
      expect(child.lines).toContain('mended');
      expect(rowsOf(dir).flatMap((row) => (row.ref === null ? [] : [row.ref]))).toEqual(
        Array.from({ length: 80 }, (_, at) => at + 1),
      );
      expect(verifyJournal(dir).sound).toBe(true);
    },
    LONG,
  );

  test(
    'EIO in fsync: the database is reopened and checked, nothing acknowledged is lost, nothing is written twice',
    async () => {
      const dir = preparedDir();
      const out = join(tempDir(), 'trace');
      const broken = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=10..12'];
      const child = startChild('writer-child.ts', [dir, '60', '20'], strace(dir, out, ...broken));
      expect(await child.exited).toBe(0);
      expect(child.lines.some((line) => /^refused \d+ SQLITE_IOERR/.test(line))).toBe(true);
      expect(child.lines).toContain('mended');
      expect(rowsOf(dir).flatMap((row) => (row.ref === null ? [] : [row.ref]))).toEqual(
        Array.from({ length: 60 }, (_, at) => at + 1),
      );
      expect(verifyJournal(dir).sound).toBe(true);
    },
    LONG,
  );

  test('a full tmpfs: the ballast is freed, records go on being written, and the freeing is said', async () => {
    const mount = join(tempDir(), 'small');
    mkdirSync(mount);
    asRoot('mount', '-t', 'tmpfs', '-o', 'size=30m', 'tmpfs', mount);
    try {
      const dir = join(mount, 'data');
      process.env.BALLAST = '8000000';
      process.env.PADDING = '20000';
      const child = startChild('writer-child.ts', [dir, '0', '2']);
      delete process.env.BALLAST;
      delete process.env.PADDING;
      await until('ballast freed', () => child.lines.includes('ballast freed'), 30_000);
      const atFreeing = lastAcked(child);
      await until('records written from the ballast', () => lastAcked(child) > atFreeing, 30_000);
      await until('refused at last', () => child.lines.some((line) => /^refused \d+ SQLITE_FULL/.test(line)), 30_000);
      expect(readdirSync(dir)).not.toContain('ballast');
      asRoot('mount', '-o', 'remount,size=90m', mount);
      await until('mended once there is room', () => child.lines.includes('mended'), 30_000);
      child.process.kill('SIGKILL');
      await child.exited;
      const acked = lastAcked(child);
      const db = new Database(databasePath(dir), { readonly: true });
      expect(Number(db.prepare('SELECT count(*) FROM journal WHERE ref <= ?').pluck().get(acked))).toBe(acked);
      db.close();
      expect(verifyJournal(dir).sound).toBe(true);
    } finally {
      asRoot('umount', '-l', mount);
    }
  }, 90_000);
});
