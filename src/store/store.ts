/** The whole store as runtime opens it; see README.md for its parts. */
import type { Backup } from './backup.ts';
import type { EncodedRecord } from './encode-record.ts';
import type { JournalOptions, StoreEvents } from './journal.ts';
import type { Journal } from './journal-queue.ts';
import { type JournalReader, openJournalReader } from './journal-read.ts';
import { type ListEvents, Lists } from './lists.ts';
import type { Prepared } from './prepare-store.ts';
import { errorCode, errorText } from './sqlite.ts';
import { type StoreHost, threadHost } from './store-host.ts';
import type { Survey } from './survey.ts';
import { holdsUnwritten, type Imported } from './unwritten.ts';

export interface StoreOptions extends JournalOptions {
  /** Default one hour. */
  readonly backupEveryMs?: number | undefined;
  /** Where else files of unwritten records may lie, beside `dir`. */
  readonly unwrittenDirs?: readonly string[] | undefined;
  /** What the journal before this one could not write; it comes first and is marked late. */
  readonly inherited?: readonly EncodedRecord[] | undefined;
  /** Of `dir`, begun ahead; what it finds sound is not looked at again. */
  readonly survey?: Promise<Survey> | undefined;
  /** How soon a list that another process adopted is noticed. Default two seconds. */
  readonly listEveryMs?: number | undefined;
}

export interface AllStoreEvents extends StoreEvents, ListEvents {
  backedUp?(backup: Backup): void;
  backupFailed?(code: string, why: string): void;
}

export interface Store {
  /** What the start found; `restored`, `replaced` and `unusable` are for runtime to note and to raise faults about. */
  readonly prepared: Prepared;
  /** Records of processes before, which could not write them. */
  readonly imported: Imported;
  readonly journal: Journal;
  readonly lists: Lists;
  /** Null while the database cannot be opened for reading; ask again later. */
  reader(): JournalReader | null;
  /** Takes up a list adopted meanwhile; true if there was one. Also done every two seconds. */
  refreshLists(): boolean;
  /** Rejects with `StoreError`. */
  backUp(): Promise<Backup>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const LIST_MS = 2000;

/**
 * Checks, restores and migrates in another thread, then opens. Does not reject for anything that a disk can do: the gate
 * goes on with a refusing journal and `available: false` lists (I5).
 */
export async function openStore(
  options: StoreOptions,
  events: AllStoreEvents,
  host: StoreHost = threadHost,
): Promise<Store> {
  const { dir } = options;
  const known = (await options.survey?.catch(() => null)) ?? null;
  const prepared: Prepared = known?.isPrepared === true ? { kind: 'ready' } : await prepare(options, host);
  const imported = await importLeft(options, prepared, host);
  const damaged =
    known?.isPrepared === true
      ? known.damagedLists
      : // Unreadable lists show when they are opened.
        await host.runChore({ kind: 'checkLists', dir }).catch((): readonly string[] => []);
  const store = new OpenStore(options, events, host, { prepared, imported, damaged: new Set(damaged) });
  await store.journal.ready;
  return store;
}

async function prepare({ dir, gateway, clock }: StoreOptions, host: StoreHost): Promise<Prepared> {
  try {
    return await host.runChore({ kind: 'prepare', options: { dir, gateway, atWall: clock.wall() } });
  } catch (error) {
    return { kind: 'unusable', code: errorCode(error), why: errorText(error) };
  }
}

const nothingImported: Imported = { count: 0, files: [], failed: [] };

/** Before the journal's own writer opens, so that what was recorded first comes first. */
async function importLeft(
  { dir, clock, unwrittenDirs = [] }: StoreOptions,
  prepared: Prepared,
  host: StoreHost,
): Promise<Imported> {
  if (prepared.kind === 'unusable') return nothingImported;
  const from = [dir, ...unwrittenDirs].filter(holdsUnwritten);
  // Nearly always: a thread for nothing would only delay the start.
  if (from.length === 0) return nothingImported;
  return host.runChore({ kind: 'importUnwritten', dir, from, atWall: clock.wall() }).catch((error: unknown) => ({
    ...nothingImported,
    failed: [{ file: dir, why: errorText(error) }],
  }));
}

interface Found {
  readonly prepared: Prepared;
  readonly imported: Imported;
  readonly damaged: ReadonlySet<string>;
}

class OpenStore implements Store {
  readonly prepared: Prepared;
  readonly imported: Imported;
  readonly journal: Journal;
  readonly lists: Lists;
  readonly #options: StoreOptions;
  readonly #events: AllStoreEvents;
  readonly #host: StoreHost;
  #reader: JournalReader | null = null;
  #backup: Promise<Backup> | null = null;
  #cancelBackup: (() => void) | null = null;
  #cancelLists: (() => void) | null = null;

  constructor(options: StoreOptions, events: AllStoreEvents, host: StoreHost, found: Found) {
    this.#options = options;
    this.#events = events;
    this.#host = host;
    this.prepared = found.prepared;
    this.imported = found.imported;
    this.journal = host.openJournal(options, events);
    if (options.inherited !== undefined && options.inherited.length > 0) this.journal.inherit(options.inherited);
    this.lists = new Lists(options.dir, options.clock, events, found.damaged);
    this.lists.refresh();
    this.#armBackup();
    this.#armLists();
  }

  reader(): JournalReader | null {
    try {
      this.#reader ??= openJournalReader(this.#options.dir);
      return this.#reader;
    } catch {
      return null;
    }
  }

  refreshLists(): boolean {
    return this.lists.refresh();
  }

  backUp(): Promise<Backup> {
    // Two at once would only double the load on the disk.
    const { dir, clock } = this.#options;
    this.#backup ??= this.#host.runChore({ kind: 'backup', dir, atWall: clock.wall() }).finally(() => {
      this.#backup = null;
    });
    return this.#backup;
  }

  async close(): Promise<void> {
    this.#cancelBackup?.();
    this.#cancelLists?.();
    await this.journal.close();
    this.#reader?.close();
    this.#reader = null;
    this.lists.close();
  }

  #armBackup(): void {
    this.#cancelBackup = this.#options.clock.after('store.backup', this.#options.backupEveryMs ?? HOUR_MS, () => {
      this.backUp().then(
        (backup) => this.#events.backedUp?.(backup),
        (error: unknown) => this.#events.backupFailed?.(errorCode(error), errorText(error)),
      );
      this.#armBackup();
    });
  }

  #armLists(): void {
    this.#cancelLists = this.#options.clock.after('store.lists', this.#options.listEveryMs ?? LIST_MS, () => {
      this.lists.refresh();
      this.#armLists();
    });
  }
}
