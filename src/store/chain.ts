/** The hash chain over the journal (design.md "Order of effects"): what is hashed, and how personal data stays out of it. */
import { createHash, hash as hashOnce } from 'node:crypto';

/** Columns of `journal` in the order in which they are hashed. */
export const chainColumns =
  'seq, epoch, boot, ref, kind, lane, direction, at_mono, at_wall, wall_trusted, cause_ref, cause_seq, command, passage, late, body';

/** Values of `chainColumns`, as SQLite gives them back. */
export type ChainFields = readonly (string | number | null)[];

/** SHA-256 over the previous hash, the record's fields as one JSON array, and the commitment (empty when nothing is personal). */
export function chainHash(previous: Buffer, fields: ChainFields, commitment: Buffer | null): Buffer {
  const head = previous.toString('hex');
  const tail = commitment === null ? '' : commitment.toString('hex');
  return hashOnce('sha256', `${head}\n${JSON.stringify(fields)}\n${tail}`, 'buffer');
}

/** What the first record of a new database chains to. */
export function genesisHash(gateway: string, epoch: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(['gatehouse-journal-1', gateway, epoch]))
    .digest();
}

/** With the salt gone the commitment says nothing about the data, so deletion keeps the chain verifiable (I14). */
export function commit(salt: Buffer, json: string): Buffer {
  return hashOnce('sha256', Buffer.concat([salt, Buffer.from(json, 'utf8')]), 'buffer');
}
