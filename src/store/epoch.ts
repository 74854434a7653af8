/** Epochs: a new one at every create or restore, so that (gateway, epoch, seq) never names two different records. */
import { genesisHash } from './chain.ts';
import { type Db, StoreError } from './sqlite.ts';

export interface Epoch {
  readonly epoch: string;
  readonly gateway: string;
  readonly firstSeq: number;
  /** `restored` in a journal's first epoch: nothing could be restored, it replaces one that is lost. */
  readonly reason: 'created' | 'restored';
}

/** Fresh random bytes; simulation passes a seeded source, so that one seed gives one journal hash. */
export type RandomBytes = (count: number) => Buffer;

export interface ChainEnd {
  readonly seq: number;
  readonly hash: Buffer;
}

export function currentEpoch(db: Db): Epoch | null {
  const row = db.prepare('SELECT epoch, gateway, first_seq, reason FROM epochs ORDER BY n DESC LIMIT 1').get() as
    | { epoch: string; gateway: string; first_seq: number; reason: 'created' | 'restored' }
    | undefined;
  if (row === undefined) return null;
  return { epoch: row.epoch, gateway: row.gateway, firstSeq: row.first_seq, reason: row.reason };
}

/** The last record, or what an empty journal chains to. */
export function chainEnd(db: Db): ChainEnd {
  const last = db.prepare('SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1').get() as ChainEnd | undefined;
  if (last !== undefined) return last;
  const start = db.prepare('SELECT seq, hash FROM chain_start').get() as ChainEnd | undefined;
  if (start !== undefined) return start;
  const epoch = db.prepare('SELECT first_seq - 1 AS seq, start_hash AS hash FROM epochs ORDER BY n DESC LIMIT 1').get();
  if (epoch === undefined) throw new StoreError('noEpoch', 'the database has no epoch');
  return epoch as ChainEnd;
}

/** Begins an epoch after whatever the journal holds. A restored journal goes on from the backup's last hash. */
export function beginEpoch(
  db: Db,
  gateway: string,
  reason: 'created' | 'restored',
  random: RandomBytes,
  atWall: number,
): Epoch {
  return db
    .transaction((): Epoch => {
      const epoch = random(8).toString('hex');
      const end = reason === 'restored' && currentEpoch(db) !== null ? chainEnd(db) : null;
      const firstSeq = (end?.seq ?? 0) + 1;
      const startHash = end?.hash ?? genesisHash(gateway, epoch);
      db.prepare(
        'INSERT INTO epochs (epoch, gateway, first_seq, reason, at_wall, start_hash) VALUES (?, ?, ?, ?, ?, ?)',
      ).run(epoch, gateway, firstSeq, reason, atWall, startHash);
      return { epoch, gateway, firstSeq, reason };
    })
    .immediate();
}
