/**
 * Keeps what persons have claimed – lockdown, out of service, hold – in a file of two copies, and brings it back before a line is
 * opened (gate.md "Who moves the boom"; I17). Nothing waits for the write; emergencies are `emergency-latch.ts`'s.
 */
import { resolve } from 'node:path';
import type { Clock } from '../contract/clock.ts';
import type { Request } from '../core/io.ts';
import { isLifeSafety } from '../core/lane/claims.ts';
import { keptClaims } from '../core/lane/kept-claims.ts';
import type { Claim } from '../core/lane/state.ts';
import type { SiteState } from '../core/site-state.ts';
import type { JsonObject, Now } from '../core/values.ts';
import { type WriteState, writeStateFileLater } from '../store/later-state-file.ts';
import { readStateFile } from '../store/state-file.ts';
import type { Store } from '../store/store.ts';
import { afterAbsence, claimsFrom, claimsJson } from './kept-claims-file.ts';
import type { Log } from './log.ts';

export interface ClaimPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly stateDir: string;
  readonly site: () => SiteState;
  readonly now: () => Now;
  readonly request: (request: Request) => void;
  readonly fault: (code: string, subject: string, raised: boolean, detail: JsonObject) => void;
  /** To the disk, off the loop, where it is left out. */
  readonly write?: WriteState | undefined;
}

export const claimsPath = (stateDir: string): string => resolve(stateDir, 'claims');

/** In the database: the file has been written once, so that one which is missing was lost. */
export const CLAIMS_KEY = 'claimsKept';

const RETRY_MS = 5000;
/** A stop waits no longer for a disk. */
const STOP_MS = 1500;

export class ClaimMemory {
  readonly #ports: ClaimPorts;
  readonly #path: string;
  /** The claims of each lane as they were looked at last. */
  #seen: readonly (readonly Claim[])[] = [];
  #kept = '[]';
  #generation = 0;
  #wanted = 0;
  #written = 0;
  #writing: Promise<void> | null = null;
  #failed = false;
  #unreadable = false;
  /** The start found no file: nothing was ever claimed, or it was lost. */
  #absent = false;
  #store: Store | null = null;
  #witnessed = false;
  #cancelRetry: (() => void) | null = null;
  #stopped = false;

  constructor(ports: ClaimPorts) {
    this.#ports = ports;
    this.#path = claimsPath(ports.stateDir);
  }

  /** Before the lines are opened. */
  begin(): void {
    const { request, now } = this.#ports;
    const read = readStateFile(this.#path);
    this.#absent = read.kind === 'absent';
    if (read.kind === 'absent') return;
    const file = read.kind === 'read' ? claimsFrom(read.value) : null;
    if (read.kind === 'read') this.#generation = read.generation;
    if (file === null) {
      const why = read.kind === 'unreadable' ? read.why : 'no claims of this version';
      this.#lost(why);
      return;
    }
    const { wall, wallTrusted } = now();
    const claims = afterAbsence(file, wall, wallTrusted);
    // What has ended meanwhile is written down as well.
    if (file.claims.length > 0) this.#kept = '';
    if (claims.length > 0) request({ kind: 'recallClaims', claims });
  }

  /** The database is open, for the first time or again: it alone can tell a file that was deleted from one that never was. */
  attach(store: Store): void {
    this.#store = store;
    if (this.#isWitnessed(store)) {
      if (this.#absent) this.#lost('fileMissing');
      this.#witnessed = true;
    }
    this.#absent = false;
    this.#bearWitness();
  }

  detach(): void {
    this.#store = null;
    this.#witnessed = false;
  }

  #isWitnessed(store: Store): boolean {
    try {
      return store.reader()?.value(CLAIMS_KEY) !== undefined;
    } catch (error) {
      this.#ports.log.error('whether claims were ever kept cannot be read', { error: String(error) });
      return false;
    }
  }

  #lost(why: string): void {
    this.#ports.log.error('the claims that stood cannot be read', { why });
    this.#unreadable = true;
    this.#ports.fault('claimsUnreadable', 'site', true, { why });
  }

  /** Once there is a file. What the database refuses now it writes with the next one that is open. */
  #bearWitness(): void {
    if (this.#witnessed || this.#store === null || this.#generation === 0 || this.#writing !== null) return;
    this.#witnessed = true;
    this.#store.journal
      .run({ kind: 'setValue', key: CLAIMS_KEY, value: true, atWall: this.#ports.clock.wall() })
      .catch((error: unknown) => {
        this.#witnessed = false;
        this.#ports.log.warn('the database was not told of the claims', { error: String(error) });
      });
  }

  /** After each record: has anything changed that is to be kept? */
  look(): void {
    const site = this.#ports.site();
    const claims = site.model.lanes.map(({ id }) => site.lanes[id]?.claims ?? []);
    if (claims.length === this.#seen.length && claims.every((one, at) => one === this.#seen[at])) return;
    this.#seen = claims;
    const kept = JSON.stringify(contentOf(site, claims));
    if (kept === this.#kept) return;
    this.#kept = kept;
    this.#wanted += 1;
    this.#write();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry?.();
    const late = new Promise<void>((done) => this.#ports.clock.after('claims.stopping', STOP_MS, done));
    while (this.#writing !== null && !this.#failed) {
      const before = this.#writing;
      await Promise.race([before, late]);
      if (this.#writing === before) return;
    }
  }

  /** One write at a time; what has changed meanwhile goes with the next. */
  #write(): void {
    const wanted = this.#wanted;
    if (this.#writing !== null || this.#written === wanted) return;
    const now = this.#ports.now();
    const file = claimsJson({ claims: keptClaims(this.#ports.site(), now), writtenAt: now.wall });
    this.#generation += 1;
    const { write = writeStateFileLater } = this.#ports;
    this.#writing = write(this.#path, file, this.#generation)
      .then(
        () => this.#accepted(wanted),
        (error: unknown) => this.#refused(error),
      )
      .finally(() => {
        this.#writing = null;
        if (!this.#failed) {
          this.#bearWitness();
          this.#write();
        }
      });
  }

  #accepted(wanted: number): void {
    const { fault } = this.#ports;
    this.#written = wanted;
    if (this.#failed) fault('claimsNotKept', 'site', false, {});
    this.#failed = false;
    if (this.#unreadable) fault('claimsUnreadable', 'site', false, {});
    this.#unreadable = false;
  }

  #refused(error: unknown): void {
    const { log, clock, fault } = this.#ports;
    const why = error instanceof Error ? error.message : String(error);
    if (!this.#failed) log.error('the claims could not be written', { why });
    this.#failed = true;
    fault('claimsNotKept', 'site', true, { why });
    if (this.#stopped) return;
    this.#cancelRetry?.();
    this.#cancelRetry = clock.after('claims.retry', RETRY_MS, () => this.#write());
  }
}

/** What makes one state of the claims another, apart from the time that passes. */
function contentOf({ model }: SiteState, claims: readonly (readonly Claim[])[]): unknown {
  return model.lanes.flatMap(({ id }, at) =>
    (claims[at] ?? []).flatMap(({ key, purpose, expiresAt, passagesLeft, wholeSite }) =>
      isLifeSafety(purpose) ? [] : [[id, key, purpose, expiresAt, passagesLeft, wholeSite]],
    ),
  );
}
