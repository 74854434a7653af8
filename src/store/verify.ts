/** `gatehouse journal verify`: walks the chain and says what was edited, removed, cut off, or not yet anchored. Reads only. */
import { type Anchor, readAnchors } from './anchors.ts';
import { chainColumns, chainHash, commit } from './chain.ts';
import { databasePath } from './durable-writer.ts';
import { type Db, openForReading } from './sqlite.ts';

export type FindingKind =
  | 'gap'
  | 'edited'
  | 'epochUnknown'
  | 'epochStart'
  | 'truncated'
  | 'anchorMismatch'
  | 'anchorUnreadable'
  | 'personalEdited'
  | 'personalAdded'
  | 'personalMissing';

export interface Finding {
  readonly kind: FindingKind;
  /** Record where it shows; null where no single one is at fault. */
  readonly seq: number | null;
  /** In English, for logs and programs; people are told by `kind` and `params`. */
  readonly detail: string;
  /** What the sentence names: sequence numbers, counts, an epoch. */
  readonly params: Readonly<Record<string, number | string>>;
}

export interface VerifyReport {
  readonly sound: boolean;
  readonly records: number;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** The first hundred; `findingCount` counts all. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly anchorsChecked: number;
  /** Records after the last anchor: a cut there would not be seen. */
  readonly unanchored: number;
  /** Lawfully deleted personal parts; their records still verify. */
  readonly personalDeleted: number;
  /** Records of earlier epochs that a restore lost, by the anchors: known, not silent. */
  readonly lostInRestores: readonly LostEpoch[];
}

export interface LostEpoch {
  readonly epoch: string;
  readonly afterSeq: number;
  readonly upToSeq: number;
  /** What went on in its stead: a backup, or, for want of one, an empty journal. */
  readonly by: 'restored' | 'replaced';
}

const MAX_FINDINGS = 100;

interface EpochRow {
  readonly epoch: string;
  readonly first_seq: number;
  readonly reason: string;
  readonly start_hash: Buffer;
}

/** Throws when the database cannot be opened or read at all. Streams, so memory stays flat; run it off the main loop. */
export function verifyJournal(dir: string): VerifyReport {
  const db = openForReading(databasePath(dir));
  try {
    // One read transaction: a live writer's new rows must not look like gaps.
    return db.transaction(() => new Verification(db, dir).run())();
  } finally {
    db.close();
  }
}

class Verification {
  readonly #db: Db;
  readonly #findings: Finding[] = [];
  readonly #anchors: readonly Anchor[];
  readonly #unreadableAnchors: number;
  readonly #epochs: readonly EpochRow[];
  readonly #withoutPersonal: number[] = [];
  readonly #deletions: { from: number; to: number }[] = [];
  readonly #hashAtAnchor = new Map<number, string>();
  #findingCount = 0;
  #personalDeleted = 0;
  #records = 0;
  #first: number | null = null;
  #last: number | null = null;

  constructor(db: Db, dir: string) {
    this.#db = db;
    const read = readAnchors(dir);
    this.#anchors = read.anchors;
    this.#unreadableAnchors = read.unreadable;
    this.#epochs = db.prepare('SELECT epoch, first_seq, reason, start_hash FROM epochs ORDER BY n').all() as EpochRow[];
  }

  run(): VerifyReport {
    this.#walk();
    this.#judgeDeletions();
    this.#strayPersonal();
    const { lost, lastAnchored } = this.#checkAnchors();
    return {
      sound: this.#findingCount === 0,
      records: this.#records,
      firstSeq: this.#first,
      lastSeq: this.#last,
      findings: this.#findings,
      findingCount: this.#findingCount,
      anchorsChecked: this.#anchors.length,
      unanchored: this.#last === null ? 0 : Math.max(0, this.#last - Math.max(lastAnchored, (this.#first ?? 1) - 1)),
      personalDeleted: this.#personalDeleted,
      lostInRestores: lost,
    };
  }

  #walk(): void {
    const start = this.#db.prepare('SELECT seq, hash FROM chain_start').get() as
      | { seq: number; hash: Buffer }
      | undefined;
    const genesis = this.#epochs[0];
    let previous = start?.hash ?? genesis?.start_hash ?? Buffer.alloc(32);
    let expected = (start?.seq ?? (genesis?.first_seq ?? 1) - 1) + 1;
    const anchored = new Set(this.#anchors.map((anchor) => anchor.seq));
    const rows = this.#db
      .prepare(
        `SELECT ${chainColumns.replace('seq', 'j.seq')}, j.commitment, j.hash, p.salt, p.json FROM journal j
          LEFT JOIN personal p ON p.seq = j.seq ORDER BY j.seq`,
      )
      .raw()
      .iterate() as IterableIterator<(string | number | Buffer | null)[]>;
    for (const row of rows) {
      const fields = row.slice(0, 16) as (string | number | null)[];
      const [commitment, hash, salt, json] = row.slice(16) as [Buffer | null, Buffer, Buffer | null, string | null];
      const seq = Number(fields[0]);
      if (seq !== expected)
        this.#found('gap', seq, `records ${expected} to ${seq - 1} are missing`, { from: expected, to: seq - 1 });
      const epochStart = this.#epochStartAt(seq, String(fields[1]));
      if (epochStart !== null && !epochStart.equals(previous))
        this.#found('epochStart', seq, 'the epoch does not go on from the record before it');
      if (!chainHash(previous, fields, commitment).equals(hash))
        this.#found('edited', seq, 'the record, or its link to the one before, was changed');
      else if (fields[3] === null && fields[4] === 'personalDeleted') this.#noteDeletion(String(fields[15]));
      this.#checkPersonal(seq, commitment, salt, json);
      if (anchored.has(seq)) this.#hashAtAnchor.set(seq, `${String(fields[1])} ${hash.toString('hex')}`);
      previous = hash;
      expected = seq + 1;
      this.#records += 1;
      this.#first ??= seq;
      this.#last = seq;
    }
  }

  /** The hash an epoch claims to start from, at its first record. */
  #epochStartAt(seq: number, epoch: string): Buffer | null {
    // Epochs are few (one a restore); the last that starts at or before this record owns it.
    let owner: EpochRow | undefined;
    for (const candidate of this.#epochs) if (candidate.first_seq <= seq) owner = candidate;
    if (owner === undefined || owner.epoch !== epoch) {
      this.#found('epochUnknown', seq, `epoch ${epoch} is not the one in force at this record`, { epoch });
      return null;
    }
    return owner.first_seq === seq ? owner.start_hash : null;
  }

  #checkPersonal(seq: number, commitment: Buffer | null, salt: Buffer | null, json: string | null): void {
    if (commitment === null) {
      if (salt !== null) this.#found('personalAdded', seq, 'personal data that the record does not commit to');
      return;
    }
    if (salt === null || json === null) {
      this.#withoutPersonal.push(seq);
      return;
    }
    if (!commit(salt, json).equals(commitment)) this.#found('personalEdited', seq, 'personal data was changed');
  }

  /** The record of a deletion comes after what it deletes, so this waits for the end of the walk. */
  #judgeDeletions(): void {
    for (const seq of this.#withoutPersonal) {
      if (this.#deletions.some(({ from, to }) => from <= seq && seq <= to)) this.#personalDeleted += 1;
      else this.#found('personalMissing', seq, 'personal data is gone and no deletion is on record');
    }
  }

  #noteDeletion(body: string): void {
    const range = JSON.parse(body) as { fromSeq?: unknown; toSeq?: unknown };
    if (typeof range.fromSeq === 'number' && typeof range.toSeq === 'number')
      this.#deletions.push({ from: range.fromSeq, to: range.toSeq });
  }

  #strayPersonal(): void {
    const stray = this.#db
      .prepare('SELECT seq FROM personal WHERE seq NOT IN (SELECT seq FROM journal) LIMIT 100')
      .pluck()
      .all() as number[];
    for (const seq of stray) this.#found('personalAdded', seq, 'personal data of a record that does not exist');
  }

  #checkAnchors(): { lost: VerifyReport['lostInRestores']; lastAnchored: number } {
    if (this.#unreadableAnchors > 0)
      this.#found('anchorUnreadable', null, `${this.#unreadableAnchors} lines of anchors.jsonl are no anchors`, {
        lines: this.#unreadableAnchors,
      });
    const lost = new Map<string, LostEpoch>();
    const unexplained = new Map<string, number>();
    let lastAnchored = 0;
    for (const anchor of this.#anchors) {
      const at = this.#epochs.findIndex((epoch) => epoch.epoch === anchor.epoch);
      const next = this.#successorOf(at, anchor.seq);
      if (next !== undefined && next.first_seq <= anchor.seq) {
        const by = next === this.#epochs[0] ? 'replaced' : 'restored';
        const upToSeq = Math.max(anchor.seq, lost.get(anchor.epoch)?.upToSeq ?? 0);
        lost.set(anchor.epoch, { epoch: anchor.epoch, afterSeq: next.first_seq - 1, upToSeq, by });
        continue;
      }
      if (at === -1) {
        const known = unexplained.get(anchor.epoch) ?? 0;
        if (next === undefined) unexplained.set(anchor.epoch, Math.max(known, anchor.seq));
        continue;
      }
      if (this.#first !== null && anchor.seq < this.#first) continue;
      const found = this.#hashAtAnchor.get(anchor.seq);
      if (found === undefined && anchor.seq > (this.#last ?? 0) && anchor.seq > 0)
        this.#found('truncated', anchor.seq, `the journal ends at ${this.#last ?? 0}, an anchor says ${anchor.seq}`, {
          last: this.#last ?? 0,
          anchored: anchor.seq,
        });
      else if (found !== undefined && !this.#agrees(anchor, this.#epochs[at], found))
        this.#found('anchorMismatch', anchor.seq, 'the hash differs from the anchor: history was rewritten');
      else lastAnchored = Math.max(lastAnchored, anchor.seq);
    }
    for (const [epoch, upTo] of unexplained)
      this.#found(
        'epochUnknown',
        upTo,
        `anchors up to ${upTo} are of epoch ${epoch}, of which this journal knows nothing`,
        { epoch, upTo },
      );
    return { lost: [...lost.values()], lastAnchored };
  }

  /** An epoch without a record of its own yet stands on the last record of the one before it. */
  #agrees(anchor: Anchor, epoch: EpochRow | undefined, found: string): boolean {
    if (epoch !== undefined && epoch.first_seq === anchor.seq + 1) return found.endsWith(` ${anchor.hash}`);
    return found === `${anchor.epoch} ${anchor.hash}`;
  }

  /** The restored epoch that took over from the anchor's; `at` = -1: of an epoch that the journal itself no longer names. */
  #successorOf(at: number, anchorSeq: number): EpochRow | undefined {
    const isRestored = (epoch: EpochRow): boolean => epoch.reason === 'restored';
    if (at !== -1) return this.#epochs.slice(at + 1).find(isRestored);
    // A lost epoch began no earlier than where its own successor goes on.
    return this.#epochs.find((epoch) => isRestored(epoch) && epoch.first_seq - 1 <= anchorSeq);
  }

  #found(kind: FindingKind, seq: number | null, detail: string, params: Finding['params'] = {}): void {
    this.#findingCount += 1;
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ kind, seq, detail, params });
  }
}
