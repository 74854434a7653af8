/** The machine's disk: a folder of its own for each run, with real SQLite on it; slow, full, and with a time service's mark. */
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ListRow } from '../../../src/core/decide/facts.ts';
import type { Random } from '../../../src/sim/random.ts';
import { adoptList, buildPath } from '../../../src/store/list-adopt.ts';
import { buildList, type NewListRow } from '../../../src/store/list-file.ts';
import { prepareStore } from '../../../src/store/prepare-store.ts';
import { StoreError } from '../../../src/store/sqlite.ts';

interface Pace {
  readonly fromMs: number;
  readonly toMs: number;
}

const BRISK: Pace = { fromMs: 1, toMs: 8 };
const SLOW: Pace = { fromMs: 60, toMs: 700 };
/** In memory where the system has such a place: thousands of hours of fsync would wear a disk out. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const NAME = 'gatehouse-sim-';

export class SimulatedDisk {
  readonly folder: string;
  /** As a time service touches it at each synchronisation. */
  readonly mark: string;
  readonly #random: Random;
  #pace = BRISK;
  #isRefusing = false;

  constructor(random: Random) {
    this.#random = random;
    sweep();
    this.folder = mkdtempSync(join(PLACE, `${NAME}${process.pid}-`));
    this.mark = join(this.folder, 'synchronized');
  }

  readonly randomBytes = (count: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: count }, () => this.#random.whole(0, 255)));

  /** A list that somebody has imported before the first start. */
  prepare(gateway: string, rows: readonly ListRow[], atWall: number): void {
    prepareStore({ dir: this.folder, gateway, atWall, random: this.randomBytes });
    this.adopt(rows, atWall);
  }

  adopt(rows: readonly ListRow[], atWall: number): void {
    const built = buildList(rows.map(asBuilt), buildPath(this.folder, 'next'));
    adoptList(this.folder, built, { source: 'list.csv', atWall });
  }

  /** True where the list is not taken for what it pretends to be. */
  isRefused(rows: readonly ListRow[], atWall: number): boolean {
    try {
      this.adopt(rows, atWall);
      return false;
    } catch (error) {
      if (error instanceof StoreError && error.code === 'listShrunk') return true;
      throw error;
    }
  }

  /** The time service has set the clock to this, or was last heard of then. */
  synchronised(wall: number): void {
    writeFileSync(this.mark, '');
    utimesSync(this.mark, wall / 1000, wall / 1000);
  }

  choreMs(): number {
    return this.#random.whole(5, 80);
  }

  delaysMs(): { readonly commit: number; readonly answer: number } {
    return { commit: this.#random.whole(this.#pace.fromMs, this.#pace.toMs), answer: this.#random.between(0.1, 2) };
  }

  refuses(): string | null {
    return this.#isRefusing ? 'SQLITE_FULL' : null;
  }

  slow(isSlow: boolean): void {
    this.#pace = isSlow ? SLOW : BRISK;
  }

  fill(isFull: boolean): void {
    this.#isRefusing = isFull;
  }

  /** Each run has a folder with a name of its own, and the same seed the same journal. */
  asAnywhere<T>(record: T): T {
    const text = JSON.stringify(record);
    return text.includes(this.folder) ? (JSON.parse(text.replaceAll(this.folder, '/disk')) as T) : record;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function asBuilt({ usesLeft, ...row }: ListRow, line: number): NewListRow {
  return { ...row, uses: usesLeft, line: line + 1, raw: row.key.slice(row.key.lastIndexOf(':') + 1) };
}

/** What runs have left that were stopped in their midst: it lies in memory. */
function sweep(): void {
  for (const name of readdirSync(PLACE)) {
    const pid = Number(/^gatehouse-sim-(\d+)-/.exec(name)?.[1]);
    if (!(pid > 0) || isAlive(pid)) continue;
    try {
      rmSync(join(PLACE, name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
