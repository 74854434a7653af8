/** Small writes that go through the one writer beside the records, in the same commits. */
import type { Json, JsonObject, Wall } from '../core/values.ts';
import { recordJson } from './encode-record.ts';
import type { Db } from './sqlite.ts';

export type StoreOperation =
  | { readonly kind: 'setValue'; readonly key: string; readonly value: Json; readonly atWall: Wall }
  | { readonly kind: 'deleteValue'; readonly key: string }
  | {
      readonly kind: 'raiseFault';
      readonly code: string;
      readonly subject: string;
      readonly detail: JsonObject;
      readonly since: { readonly mono: number; readonly wall: Wall; readonly wallTrusted: boolean };
    }
  | { readonly kind: 'clearFault'; readonly code: string; readonly subject: string }
  /** A consumer of the outbox has taken everything up to `seq` of `epoch`. Never moves back. */
  | {
      readonly kind: 'advanceCursor';
      readonly consumer: string;
      readonly epoch: string;
      readonly seq: number;
      readonly atWall: Wall;
    }
  /** Lawful deletion: the chain keeps the commitment and gains a `personalDeleted` record; the data and its salt go. */
  | {
      readonly kind: 'deletePersonal';
      readonly fromSeq: number;
      readonly toSeq: number;
      readonly reason: string;
      readonly atMono: number;
      readonly atWall: Wall;
    };

export function runOperation(db: Db, operation: StoreOperation, boot: string): void {
  switch (operation.kind) {
    case 'setValue':
      db.prepare(
        'INSERT INTO kv (key, value, at_wall) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, at_wall = excluded.at_wall',
      ).run(operation.key, recordJson(operation.value), operation.atWall);
      return;
    case 'deleteValue':
      db.prepare('DELETE FROM kv WHERE key = ?').run(operation.key);
      return;
    case 'raiseFault':
      db.prepare(
        `INSERT INTO faults (code, subject, detail, since_mono, since_wall, since_trusted, boot) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (code, subject) DO UPDATE SET detail = excluded.detail`,
      ).run(
        operation.code,
        operation.subject,
        recordJson(operation.detail),
        operation.since.mono,
        operation.since.wall,
        operation.since.wallTrusted ? 1 : 0,
        boot,
      );
      return;
    case 'clearFault':
      db.prepare('DELETE FROM faults WHERE code = ? AND subject = ?').run(operation.code, operation.subject);
      return;
    case 'advanceCursor':
      db.prepare(
        `INSERT INTO cursors (consumer, epoch, seq, at_wall) VALUES (?, ?, ?, ?) ON CONFLICT (consumer) DO UPDATE SET
          epoch = excluded.epoch, seq = excluded.seq, at_wall = excluded.at_wall WHERE excluded.seq > cursors.seq`,
      ).run(operation.consumer, operation.epoch, operation.seq, operation.atWall);
      return;
    case 'deletePersonal':
      db.prepare(
        'INSERT OR IGNORE INTO personal_deletions (seq, at_wall, reason) SELECT seq, ?, ? FROM personal WHERE seq BETWEEN ? AND ?',
      ).run(operation.atWall, operation.reason, operation.fromSeq, operation.toSeq);
      db.prepare('DELETE FROM personal WHERE seq BETWEEN ? AND ?').run(operation.fromSeq, operation.toSeq);
  }
}
