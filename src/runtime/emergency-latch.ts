/**
 * Keeps the standing emergencies in two places, a file and the database, and brings them back at a start: from the file before a
 * line is opened, from the database once it is (I3). Nothing waits for either write, and an emergency acts whatever becomes of them.
 */
import { resolve } from 'node:path';
import type { Clock } from '../contract/clock.ts';
import { latchOf } from '../core/emergency/latch.ts';
import type { Request } from '../core/io.ts';
import type { SiteState } from '../core/site-state.ts';
import type { JsonObject } from '../core/values.ts';
import { type WriteState, writeStateFileLater } from '../store/later-state-file.ts';
import { readStateFile } from '../store/state-file.ts';
import type { Store } from '../store/store.ts';
import { fromFile, keptFrom, keptJson, type KeptLatch, LATCH_KEY, whyDoubted } from './kept-latch.ts';
import type { Log } from './log.ts';

export interface LatchPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly stateDir: string;
  readonly site: () => SiteState;
  readonly request: (request: Request) => void;
  readonly fault: (code: string, subject: string, raised: boolean, detail: JsonObject) => void;
  /** To the disk, off the loop, where it is left out. */
  readonly write?: WriteState | undefined;
}

export const latchPath = (stateDir: string): string => resolve(stateDir, 'emergency-latch');

const RETRY_MS = 5000;
/** A stop waits no longer for a disk. */
const STOP_MS = 1500;

export class EmergencyLatch {
  readonly #ports: LatchPorts;
  readonly #path: string;
  /** As the file had it at the start; null where it had none. */
  #found: KeptLatch | null = null;
  /** What both places are to hold. */
  #wanted: KeptLatch | null = null;
  #seen: SiteState | null = null;
  #store: Store | null = null;
  #compared = false;
  /** Generation in the database; null where that is not known. */
  #stored: number | null = null;
  #writing: Promise<void> | null = null;
  #written = 0;
  #failed = false;
  #cancelRetry: (() => void) | null = null;
  #stopped = false;

  constructor(ports: LatchPorts) {
    this.#ports = ports;
    this.#path = latchPath(ports.stateDir);
  }

  /** Before the lines are opened: what the file holds stands again. */
  begin(): void {
    const { kept, why } = fromFile(readStateFile(this.#path));
    this.#found = kept;
    this.#wanted = kept;
    this.#written = kept?.generation ?? 0;
    const doubt = why !== null ? { why, lanes: null } : (kept?.doubt ?? null);
    if (kept === null && doubt === null) return;
    if (doubt !== null) this.#ports.log.error('the emergency latch is in doubt', { why: doubt.why });
    this.#ports.request({ kind: 'recallLatch', causes: kept?.causes ?? [], doubt });
  }

  /** The database is open, for the first time or again; before anything that waits is written to it. */
  attach(store: Store): void {
    this.#store = store;
    const epoch = this.#read(() => store.reader()?.epoch()?.epoch ?? null, null);
    // In mid-run nothing is in doubt: what stands is in memory, and goes into the new database.
    if (!this.#compared) this.#compare(store, epoch);
    this.#compared = true;
    const current = this.#wanted;
    if (this.#stored !== current?.generation) this.#stored = null;
    if (current === null || epoch === null || current.epoch !== epoch) this.#want(epoch ?? current?.epoch ?? null);
    this.look();
    this.#keepInDatabase();
  }

  /** Its database is damaged; the next one is written anew. */
  detach(): void {
    this.#store = null;
    this.#stored = null;
  }

  /** After each record: has anything changed that is to be kept? */
  look(): void {
    const site = this.#ports.site();
    if (site === this.#seen) return;
    const before = this.#seen;
    this.#seen = site;
    const untouched =
      before !== null &&
      site.emergencies === before.emergencies &&
      site.latchDoubt === before.latchDoubt &&
      (site.latchDoubt === null || site.faults === before.faults);
    if (untouched) return;
    const wanted = this.#wanted;
    const now = JSON.stringify(contentOf({ ...latchOf(site), generation: 0, epoch: null }));
    if (wanted === null && site.emergencies.length === 0 && site.latchDoubt === null) return;
    if (wanted !== null && JSON.stringify(contentOf(wanted)) === now) return;
    this.#want(wanted?.epoch ?? null);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry?.();
    const late = new Promise<void>((done) => this.#ports.clock.after('latch.stopping', STOP_MS, done));
    while (this.#writing !== null && !this.#failed) {
      const before = this.#writing;
      await Promise.race([before, late]);
      if (this.#writing === before) return;
    }
  }

  #compare(store: Store, epoch: string | null): void {
    const value = this.#read(() => store.reader()?.value(LATCH_KEY), undefined);
    const kept = keptFrom(value);
    this.#stored = kept?.generation ?? null;
    const why = whyDoubted(this.#found, { prepared: store.prepared.kind, epoch, value });
    if (why === null) return;
    this.#ports.log.error('the emergency latch is in doubt', { why });
    if (kept !== null) this.#wanted = newer(this.#wanted, kept);
    this.#ports.request({ kind: 'recallLatch', causes: kept?.causes ?? [], doubt: { why, lanes: null } });
  }

  #want(epoch: string | null): void {
    const latch = latchOf(this.#ports.site());
    this.#wanted = { ...latch, generation: (this.#wanted?.generation ?? 0) + 1, epoch };
    this.#write();
    this.#keepInDatabase();
  }

  /** One write at a time; what has changed meanwhile goes with the next. */
  #write(): void {
    const wanted = this.#wanted;
    if (this.#writing !== null || wanted === null || this.#written === wanted.generation) return;
    const { write = writeStateFileLater } = this.#ports;
    this.#writing = write(this.#path, keptJson(wanted), wanted.generation)
      .then(
        () => {
          this.#written = wanted.generation;
          if (this.#failed) this.#ports.fault('latchNotKept', 'site', false, {});
          this.#failed = false;
        },
        (error: unknown) => this.#refused(error),
      )
      .finally(() => {
        this.#writing = null;
        if (!this.#failed) this.#write();
      });
  }

  #refused(error: unknown): void {
    const { log, clock, fault } = this.#ports;
    const why = error instanceof Error ? error.message : String(error);
    if (!this.#failed) log.error('the emergency latch could not be written', { why });
    this.#failed = true;
    fault('latchNotKept', 'site', true, { why });
    if (this.#stopped) return;
    this.#cancelRetry?.();
    this.#cancelRetry = clock.after('latch.retry', RETRY_MS, () => {
      this.#write();
      this.#keepInDatabase();
    });
  }

  /** What the database refuses now it writes later, in order; `journalBroken` stands meanwhile. */
  #keepInDatabase(): void {
    const wanted = this.#wanted;
    if (this.#store === null || wanted === null || !this.#compared || this.#stored === wanted.generation) return;
    this.#stored = wanted.generation;
    const value = keptJson(wanted);
    this.#store.journal
      .run({ kind: 'setValue', key: LATCH_KEY, value, atWall: this.#ports.clock.wall() })
      .catch((error: unknown) => {
        this.#stored = null;
        this.#refused(error);
      });
  }

  #read<T>(look: () => T, otherwise: T): T {
    try {
      return look();
    } catch (error) {
      this.#ports.log.error('the emergency latch in the database cannot be read', { error: String(error) });
      return otherwise;
    }
  }
}

/** What is kept, apart from when and with which database. */
function contentOf(kept: KeptLatch): JsonObject {
  return keptJson({ ...kept, generation: 0, epoch: null });
}

function newer(one: KeptLatch | null, other: KeptLatch): KeptLatch {
  return one !== null && one.generation >= other.generation ? one : other;
}
