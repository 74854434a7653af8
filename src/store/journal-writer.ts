/** Commits batches of records in order, synchronously: the one piece that both hosts of the journal share. */
import { chainHash, commit } from './chain.ts';
import type { EncodedRecord } from './encode-record.ts';
import { ownRecord } from './encode-record.ts';
import { chainEnd, currentEpoch, type RandomBytes } from './epoch.ts';
import { runOperation, type StoreOperation } from './operations.ts';
import { type Db, StoreError } from './sqlite.ts';

export interface WriterOptions {
  readonly boot: string;
  readonly random: RandomBytes;
}

export interface BatchRecord {
  readonly record: EncodedRecord;
  readonly late: boolean;
}

export interface Batch {
  readonly id: number;
  readonly records: readonly BatchRecord[];
  readonly operations: readonly StoreOperation[];
  /** A batch whose commit failed may be on disk all the same: records already there are then taken as written. */
  readonly again: boolean;
}

const REMEMBERED_REFS = 4096;
const MAX_CAUSES = 16;

export class JournalWriter {
  readonly #db: Db;
  readonly #options: WriterOptions;
  readonly #epoch: string;
  #seq = 0;
  #hash: Buffer = Buffer.alloc(0);
  /** Recent refs of this boot with their sequence numbers, so that most causes need no query. */
  readonly #seqOfRef = new Map<number, number>();
  readonly #statements;

  /** `db` comes from `openForWriting`, migrated, with an epoch begun. */
  constructor(db: Db, options: WriterOptions) {
    const epoch = currentEpoch(db);
    if (epoch === null) throw new StoreError('noEpoch', 'the database has no epoch');
    this.#db = db;
    this.#options = options;
    this.#epoch = epoch.epoch;
    this.#statements = prepareAll(db);
    this.#reload();
  }

  get end(): { readonly epoch: string; readonly seq: number; readonly hash: Buffer } {
    return { epoch: this.#epoch, seq: this.#seq, hash: this.#hash };
  }

  /** Returns the last sequence number once the batch is durable. Throws SQLite's error, with nothing of the batch written. */
  commit(batch: Batch): number {
    try {
      this.#db
        .transaction(() => {
          // Another process may have appended since (`list import` beside a stopped daemon): never trust memory alone.
          this.#reload();
          for (const { record, late } of batch.records) this.#write(record, late, batch.again);
          for (const operation of batch.operations) this.#operate(operation);
        })
        .immediate();
    } catch (error) {
      this.#seqOfRef.clear();
      throw error;
    }
    while (this.#seqOfRef.size > REMEMBERED_REFS) this.#forgetOldest();
    return this.#seq;
  }

  #operate(operation: StoreOperation): void {
    runOperation(this.#db, operation, this.#options.boot);
    if (operation.kind !== 'deletePersonal') return;
    // The chain itself says what was deleted, so that quiet deletion is found by `verify`.
    const { fromSeq, toSeq, reason, atMono, atWall } = operation;
    const at = { mono: atMono, wall: atWall };
    this.#write(ownRecord('personalDeleted', at, { fromSeq, toSeq, reason }), false, false);
  }

  #reload(): void {
    const end = (this.#statements.last.get() as { seq: number; hash: Buffer } | undefined) ?? chainEnd(this.#db);
    this.#seq = end.seq;
    this.#hash = end.hash;
  }

  #write(record: EncodedRecord, late: boolean, again: boolean): void {
    if (record.ref !== null && this.#seqFor(record.ref) !== null) {
      if (again) return;
      // Two records of one ref are our bug; the journal says so instead of stopping for ever.
      const at = { mono: record.atMono, wall: record.atWall };
      this.#write(ownRecord('recordDuplicated', at, { ref: record.ref, kind: record.kind }), late, again);
      return;
    }
    const seq = this.#seq + 1;
    const causeSeq = record.causeRef === null ? null : this.#seqFor(record.causeRef);
    const salt = record.personal === null ? null : this.#options.random(16);
    const commitment = salt === null || record.personal === null ? null : commit(salt, record.personal);
    const fields = [
      seq,
      this.#epoch,
      this.#options.boot,
      record.ref,
      record.kind,
      record.lane,
      record.direction,
      record.atMono,
      record.atWall,
      record.wallTrusted,
      record.causeRef,
      causeSeq,
      record.command,
      record.passage,
      late ? 1 : 0,
      record.body,
    ] as const;
    const hash = chainHash(this.#hash, fields, commitment);
    this.#statements.insert.run(...fields, commitment, hash);
    if (salt !== null) this.#statements.insertPersonal.run(seq, salt, record.personal);
    if (record.spends !== null) this.#statements.insertSpend.run(seq, record.spends, record.passage, record.lane);
    if (record.returns !== null) this.#giveBack(seq, causeSeq, record.lane, record.returns.rowId);
    this.#seq = seq;
    this.#hash = hash;
    if (record.ref !== null) this.#seqOfRef.set(record.ref, seq);
  }

  /** Gives back the spend that this record's causes lead to, else the same row's newest one of this lane and boot; once each (I8). */
  #giveBack(seq: number, causeSeq: number | null, lane: string | null, rowId: string): void {
    let at = causeSeq;
    for (let steps = 0; at !== null && steps < MAX_CAUSES; steps += 1) {
      if (this.#statements.spendAt.get(at, rowId) !== undefined) {
        this.#statements.markReturned.run(seq, at);
        return;
      }
      const row = this.#statements.causeOf.get(at) as { cause_seq: number | null } | undefined;
      at = row?.cause_seq ?? null;
    }
    this.#statements.markNewestReturned.run(seq, rowId, lane, this.#options.boot);
  }

  #seqFor(ref: number): number | null {
    const known = this.#seqOfRef.get(ref);
    if (known !== undefined) return known;
    const row = this.#statements.seqOfRef.get(this.#options.boot, ref) as { seq: number } | undefined;
    return row?.seq ?? null;
  }

  #forgetOldest(): void {
    for (const ref of this.#seqOfRef.keys()) {
      this.#seqOfRef.delete(ref);
      return;
    }
  }
}

function prepareAll(db: Db) {
  return {
    insert: db.prepare(
      `INSERT INTO journal (seq, epoch, boot, ref, kind, lane, direction, at_mono, at_wall, wall_trusted, cause_ref,
        cause_seq, command, passage, late, body, commitment, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertPersonal: db.prepare('INSERT INTO personal (seq, salt, json) VALUES (?, ?, ?)'),
    insertSpend: db.prepare('INSERT INTO spends (seq, row_id, passage, lane) VALUES (?, ?, ?, ?)'),
    spendAt: db.prepare('SELECT 1 FROM spends WHERE seq = ? AND row_id = ?'),
    causeOf: db.prepare('SELECT cause_seq FROM journal WHERE seq = ?'),
    markReturned: db.prepare('UPDATE spends SET returned_seq = ? WHERE seq = ? AND returned_seq IS NULL'),
    markNewestReturned: db.prepare(
      `UPDATE spends SET returned_seq = ? WHERE seq = (SELECT max(s.seq) FROM spends s JOIN journal j ON j.seq = s.seq
        WHERE s.row_id = ? AND s.lane IS ? AND j.boot = ? AND s.returned_seq IS NULL)`,
    ),
    // Asked by every commit; preparing it anew would cost more than the insert.
    last: db.prepare('SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1'),
    seqOfRef: db.prepare('SELECT seq FROM journal WHERE boot = ? AND ref = ?'),
  };
}
